"""The build arguments of a Dockerfile, as ``spec.args`` and the names that stages list.

A Dockerfile gives an argument its default wherever it declares it; an ImageBuild has one value for
all. So all stages that see an argument must see the same.

Source: BuildKit's frontend/dockerfile/dockerfile2llb, buildMetaArgs and dispatchArg
"""

from collections.abc import Callable, Iterable, Mapping

from e2b_dockerfile_utils import DockerfileInstruction

from imagebuild.api import references, variables
from imagebuild.cli.conversion import scope, words
from imagebuild.cli.conversion.here import Here
from imagebuild.cli.conversion.problems import CannotSayError
from imagebuild.contract import facts

# As arguments of a build these hold for all of it, not just for the stage.
_FOR_ALL = frozenset({"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"})
_EPOCH = "SOURCE_DATE_EPOCH"
_OWN = "BUILDKIT_"
# They choose what is listed in an SBOM, which nothing here asks for.
_SBOM = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})


class Arguments:
    """Takes the declarations in their order; ``given`` are values from outside, with facts.

    It keeps what the file's first lines and what the stages see: texts of ``spec.args``, None
    where that is what BuildKit itself sets.
    """

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self._scope = scope.of_file()
        self._in_file: dict[str, str] = {}
        self._in_stages: dict[str, str | None] = {}
        self._lines: dict[str, int] = {}

    def take_global(
        self, instruction: DockerfileInstruction, note: Callable[[str], None], *, escape: str
    ) -> None:
        """An ARG before the first FROM."""
        for word in instruction.args:
            name, default = self._declared(word, note)
            if name not in self._given and default is None:
                continue
            value = self._given_value(name)
            if default is not None:
                value = scope.static(default, self._scope, escape=escape)
            self._scope.set(name, value)
            if name.startswith(_OWN):
                note(f"{name} is written out: an ImageBuild has no arguments of BuildKit's own")
            else:
                self._in_file[name] = self._text(name, value)
                self._lines.setdefault(name, instruction.start_line)

    def take(self, word: str, here: Here, line: int) -> bool:
        """An ARG in a stage, ``NAME`` or ``NAME=default``; whether the stage sees a value of it."""
        name, default = self._declared(word, here.note)
        if name.startswith(_OWN) and name not in _SBOM:
            raise CannotSayError(
                f"{name} begins as BuildKit's own arguments do", "rename it, or remove it"
            )
        if name in self._given or default is not None:
            value = self._given_value(name) if default is None else _worth(name, default, here)
            self._see(name, self._text(name, value), line)
        elif name in self._in_file:
            value = self._scope[name]
            self._see(name, self._in_file[name], line)
        elif name in scope.PREDEFINED:
            value = None
            self._see(name, None, line)
        elif name in _SBOM:
            return False
        else:
            here.note(
                f"{name} has no value and is left out; with --build-arg {name}=... it is kept"
            )
            return False
        here.scope.set(name, value)
        return True

    def base(self, word: str, *, escape: str) -> tuple[str, str | None]:
        """A word of FROM: the value that means the same, and what it is worth, if that is known."""
        parts = words.parts(word, escape=escape)
        try:
            worth = scope.expand(word, self._scope, escape=escape)
        except scope.UnknownError as unknown:
            if unknown.name in scope.PREDEFINED:
                raise CannotSayError(
                    f"the base depends on ${unknown.name}, which is known only to the build",
                    "write a stage for each platform, or build the Dockerfile as it is",
                ) from None
            return words.text(parts), None
        unset = [name for name in variables.names(parts) if name not in self._scope]
        if unset and not references.is_reference(worth):
            raise CannotSayError(
                f"{word} needs a value of {unset[0]}", f"give --build-arg {unset[0]}=..."
            )
        return self._means(parts, worth), worth

    def platform(self, word: str, *, escape: str) -> str:
        """A platform of FROM as a value; "" where it is what it is built for anyway."""
        parts = words.parts(word, escape=escape)
        own = set(variables.names(parts)) - self._in_file.keys()
        hidden = [name for name in own if self._in_stages.get(name) is not None]
        if hidden:
            raise CannotSayError(
                f"${hidden[0]} has another value in line {self._lines[hidden[0]]}", "remove that"
            )
        if parts == (variables.Variable("TARGETPLATFORM"),) and own:
            return ""
        if own and own <= scope.PREDEFINED:
            return words.text(parts)
        return self._means(parts, scope.static(word, self._scope, escape=escape))

    def spec(self) -> list[dict[str, str]]:
        """``spec.args``."""
        return [{"name": name, "value": text} for name, text in self._texts().items()]

    def line(self, name: str) -> int:
        """Where it is declared first."""
        return self._lines[name]

    def unused(self) -> Iterable[str]:
        """The given ones that nothing declares."""
        return [name for name in self._given if name not in {*self._lines, *self._scope}]

    def _texts(self) -> dict[str, str]:
        texts = {**self._in_file, **self._in_stages}
        return {name: text for name in self._lines if (text := texts[name]) is not None}

    def _means(self, parts: tuple[variables.Part, ...], worth: str) -> str:
        """The parts as a value, where ``spec.args`` make the same of them; else what they are."""
        values = {name: facts.expand(text, {}) for name, text in self._texts().items()}
        known = set(variables.names(parts)) <= values.keys()
        same = known and variables.expand(parts, values) == worth
        return words.text(parts) if same else words.literal(worth)

    def _declared(self, word: str, note: Callable[[str], None]) -> tuple[str, str | None]:
        """The name, and the default where that counts."""
        name, equals, default = word.partition("=")
        if name in _SBOM:
            note(f"{name} is left out: no SBOM is made")
            return name, None
        if not equals or name in self._given:
            return name, None
        if name.lower() in _FOR_ALL or name == _EPOCH:
            raise CannotSayError(
                f"as an argument of an ImageBuild {name} would hold for all stages", "use ENV"
            )
        if name in scope.PREDEFINED:
            note(f"{name} is always {default}: a default hides what BuildKit sets")
        return name, default

    def _given_value(self, name: str) -> str | None:
        text = self._given.get(name, "")
        return None if facts.names(text) else facts.expand(text, {})

    def _text(self, name: str, value: str | None) -> str:
        return self._given[name] if value is None else facts.literal(value)

    def _see(self, name: str, text: str | None, line: int) -> None:
        if name in self._in_stages and self._in_stages[name] != text:
            raise CannotSayError(
                f"{name} has another value here than in line {self._lines[name]}, and an "
                "ImageBuild has one for all stages",
                f"rename one of them, or give --build-arg {name}=...",
            )
        self._in_stages.setdefault(name, text)
        self._lines.setdefault(name, line)


def _worth(name: str, default: str, here: Here) -> str:
    """What a default is worth in a stage."""
    worth = here.known(default)
    if worth is None:
        raise CannotSayError(
            f"the default of {name} depends on what is known only to the build",
            f"write it out, or give --build-arg {name}=...",
        )
    if any(variables.names(words.parts(default, escape=here.file.escape))):
        here.note(f"the default of {name}, {default}, is written out as {worth}")
    return worth
