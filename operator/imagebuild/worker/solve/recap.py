"""The recap of a failed step that buildctl prints at its end, between two rules of six dashes.

A line there that came in two pieces, with a moment between them, is but its second piece: it lacks
the time that the others begin with. The whole line stands further above. In a piece no credential
is recognized.

Source: util/progress/progressui of BuildKit, where printer.go keeps ``l`` after it was cut.
"""

import re

_RULE = "-" * 6
_TITLE = " > "
_TIMED = re.compile(r"-?\d+\.\d+ ")


class Recap:
    """Hears what buildctl prints line by line."""

    def __init__(self) -> None:
        self._before = ""
        self._within = False

    def cut(self, line: str) -> bool:
        """Whether the next line is but a piece of one."""
        before, self._before = self._before, line
        if not self._within:
            self._within = before == _RULE and line.startswith(_TITLE)
            return False
        if line == _RULE:
            self._within = False
            self._before = ""
            return False
        return not _TIMED.match(line)
