"""What was warned of, by our rules and by BuildKit's, each once and at a place its user knows."""

from collections.abc import Iterable
from dataclasses import replace

from imagebuild.contract.picture import Warning as Shown
from imagebuild.contract.report import Cause, Failure, middle_cut
from imagebuild.worker import lint
from imagebuild.worker.solve import trace
from imagebuild.worker.solve.lines import Lines

# How many are shown, and how much of each; a report names fewer.
MOST = 50
_MESSAGE_CHARACTERS = 300
_NAMED = 5


class Warned:
    """Takes in warnings; ``shown`` are the first of them by their lines, ``beyond`` counts others.

    Several solves, and several platforms of one, say the same again. Its length is how many the
    checks found: what is only noted is no fault of the Dockerfile.
    """

    def __init__(self) -> None:
        self._found: dict[Shown, int] = {}
        self._noted: dict[Shown, None] = {}

    def take(self, warnings: Iterable[lint.Found | trace.Warning], lines: Lines) -> None:
        """Takes in what a check found."""
        for found in warnings:
            place = lines.at_line(found.line) if found.line else lines.anywhere
            shown = Shown(
                rule=found.rule,
                message=middle_cut(found.message, _MESSAGE_CHARACTERS),
                path=place.path or "",
                line=place.line,
                stage=place.stage or "",
                url=found.url if isinstance(found, trace.Warning) else "",
            )
            self._found.setdefault(shown, found.line)

    def note(self, rule: str, message: str) -> None:
        """Takes in what is no check's: of where the build ran, or of what it did without."""
        self._noted[Shown(rule=rule, message=middle_cut(message, _MESSAGE_CHARACTERS))] = None

    def __len__(self) -> int:
        return len(self._found)

    @property
    def shown(self) -> tuple[Shown, ...]:
        """What was noted, and the first that the checks found, in the Dockerfile's order."""
        return (*self._noted, *self._checked)[:MOST]

    @property
    def beyond(self) -> int:
        """How many are not shown."""
        return max(0, len(self._noted) + len(self._found) - MOST)

    @property
    def _checked(self) -> list[Shown]:
        return sorted(self._found, key=lambda found: self._found[found])

    def failure(self) -> Failure:
        """What is said where a build may not go on with them, at the place of the first."""
        first, *others = self._checked[:_NAMED]
        named = [f"{first.rule}: {first.message}"]
        named += [f"{_place(found)}: {found.rule}: {found.message}" for found in others]
        if (more := len(self) - len(named)) > 0:
            named.append(f"and {more} more")
        return _placed(Failure(Cause.LINT, "; ".join(named)), first)

    def placed(self, failure: Failure) -> Failure:
        """A failure for BuildKit's checks alone, at the place of the first that found something.

        BuildKit itself names the line of nothing but the first instruction then.
        """
        checked = next((found for found in self._checked if found.url), Shown(rule="", message=""))
        return _placed(failure, checked)


def _placed(failure: Failure, found: Shown) -> Failure:
    return replace(
        failure,
        stage=found.stage or None,
        step=None,
        path=found.path or failure.path,
        line=found.line,
    )


def _place(found: Shown) -> str:
    return f"{found.path} line {found.line}" if found.line else found.path
