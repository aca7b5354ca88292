"""A stage of an ImageBuild while it is put together."""

from collections.abc import Sequence
from typing import Any

from imagebuild.cli.conversion import source
from imagebuild.cli.conversion.origins import Origins

JSON = dict[str, Any]
# What may stand at a stage before its first step, in the order in which it holds.
_RANKS = {"args": 0, "env": 1, "workdir": 2, "user": 3}
_ORDER = (
    "name",
    "from",
    "platform",
    *_RANKS,
    "shell",
    "steps",
    "labels",
    "volumes",
    "expose",
    "stopSignal",
    "healthcheck",
    "entrypoint",
    "cmd",
)


class Builder:
    """Takes steps and fields in the order of the Dockerfile.

    ``origins`` has the places in the stage, ``line`` is where the next one comes from, ``start``
    that of FROM.
    """

    def __init__(self, file: source.File, stage: source.Stage) -> None:
        self.origins = Origins(file)
        self.start = self.line = stage.line
        self._file = file
        self._fields: JSON = {"name": stage.name}
        self._steps: list[JSON] = []
        self._rank = 0

    def fields(self, head: JSON) -> JSON:
        """The stage in the order in which people write it; ``head``: what it starts from."""
        found = self._fields | head | ({"steps": self._steps} if self._steps else {})
        return {name: found[name] for name in _ORDER if name in found}

    def has(self, step: str) -> bool:
        """Whether there is a step of this kind."""
        return any(step in found for found in self._steps)

    def add(self, step: JSON) -> None:
        """A step."""
        self.origins.add(f"steps[{len(self._steps)}]", self.line)
        self._steps.append(step)

    def put(self, name: str, value: Any) -> None:
        """A field, in place of one before."""
        self.origins.move(name, self.line)
        self._fields[name] = value

    def extend(self, name: str, values: Sequence[str | int]) -> None:
        """Further values of a field, each once."""
        if not values:
            return
        self.origins.add(name, self.line)
        self._fields[name] = list(dict.fromkeys([*self._fields.get(name, ()), *values]))

    def label(self, name: str, value: str) -> None:
        """A label, in place of one before."""
        self.origins.add("labels", self.line)
        self.origins.move(f"labels.{name}", self.line)
        labels = self._fields.setdefault("labels", {})
        labels.pop(name, None)
        labels[name] = value

    def hold(self, name: str, value: Any) -> None:
        """What holds from here on: a field where no step came before, else a step.

        A list goes on where the one before it ends, unless a comment parts them.
        """
        listed = isinstance(value, list)
        if self._is_first(name, listed=listed):
            self._rank = _RANKS[name]
            if listed:
                self._hold_items(name, value)
            else:
                self.put(name, value)
        elif listed and list(self._last()) == [name] and not self._file.comments(self.line):
            self._steps[-1][name] += value
        else:
            self.add({name: value})

    def _is_first(self, name: str, *, listed: bool) -> bool:
        fresh = listed or name not in self._fields
        return not self._steps and self._rank <= _RANKS[name] and fresh

    def _hold_items(self, name: str, value: list[Any]) -> None:
        items = self._fields.setdefault(name, [])
        self.origins.add(name, self.line)
        for index in range(len(items), len(items) + len(value)):
            self.origins.add(f"{name}[{index}]", self.line)
        items += value

    def _last(self) -> JSON:
        return self._steps[-1] if self._steps else {}
