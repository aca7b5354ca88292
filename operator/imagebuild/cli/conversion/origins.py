"""Where the places of an ImageBuild come from: lines of a Dockerfile, and the comments above."""

import re
from collections.abc import Mapping

from imagebuild.cli.conversion import source

_LAST_PART = re.compile(r"(\.[^.\[\]]*|\[\d+\])\Z")


class Origins:
    """Lines by place; a place is written as ``stages[0].steps[3]``."""

    def __init__(self, file: source.File) -> None:
        self._file = file
        self._lines: dict[str, int] = {}

    def add(self, place: str, line: int) -> None:
        """The place comes from this line, unless it came from an earlier one."""
        self._lines.setdefault(place, line)

    def move(self, place: str, line: int) -> None:
        """The place comes from this line now."""
        self._lines[place] = line

    def take(self, prefix: str, other: "Origins") -> None:
        """All places of another one, below this place."""
        for place, line in other._lines.items():  # noqa: SLF001 - of the same kind
            self.add(f"{prefix}.{place}", line)

    def line(self, place: str) -> int:
        """The line of the place, or of the nearest one around it; 0 where there is none."""
        while place and place not in self._lines:
            match = _LAST_PART.search(place)
            place = place[: match.start()] if match else ""
        return self._lines.get(place, 0)

    def comments(self) -> Mapping[str, tuple[str, ...]]:
        """The comments above each place, where there are any; each once."""
        found: dict[str, tuple[str, ...]] = {}
        told: set[int] = set()
        for place, line in self._lines.items():
            comments = self._file.comments(line)
            if comments and line not in told:
                found[place] = comments
                told.add(line)
        return found
