"""When the next picture goes out: soon after what matters, ever more rarely for the rest.

Each picture becomes a write to the object's status, and builds may go on for hours.
"""

import math

from imagebuild.contract.picture import Picture

# Between any two pictures.
SHORTEST_SECONDS = 1.0

# Pictures that differ in details alone: so many in a build, each later after the one before it
# than the last such was. The last of 30 goes out after two hours at least.
MOST_DETAILS = 30
_GROWTH = 1.3

# To draw a picture costs as well, and steps may write thousands of lines a second. It is less than
# the time after which the worker looks at a silent child, lest every other look be left out.
_LOOK_SECONDS = 0.08


class Pace:
    """Weighs each picture against the last that went out; ``now`` is in seconds of one clock.

    Details are what is counted, measured or quoted: steps, bytes, times, the text of a step. All
    else (a stage's state, the phase, a warning ...) may not wait. What is held back is not lost:
    each picture is the whole.
    """

    def __init__(self) -> None:
        self._out: Picture | None = None
        self._tried = -math.inf
        self._looked = -math.inf
        self._details = 0

    def may_look(self, now: float) -> bool:
        """Whether a picture drawn now might go out."""
        if now < max(self._tried + SHORTEST_SECONDS, self._looked + _LOOK_SECONDS):
            return False
        self._looked = now
        return True

    def wants(self, picture: Picture, now: float) -> bool:
        """Whether this picture is to go out now."""
        if self._out is None or _gist(picture) != _gist(self._out):
            return True
        pause = SHORTEST_SECONDS * _GROWTH**self._details
        is_open = self._details < MOST_DETAILS and now >= self._tried + pause
        return is_open and self.is_news(picture)

    def is_news(self, picture: Picture) -> bool:
        """Whether it is another than the last that went out."""
        return picture != self._out

    def went_out(self, picture: Picture, now: float) -> None:
        """The picture was shown."""
        self._details += self._out is not None and _gist(picture) == _gist(self._out)
        self._out = picture
        self._tried = now

    def failed(self, now: float) -> None:
        """A picture could not be shown; the next try may not be at once either."""
        self._tried = now


def _gist(picture: Picture) -> tuple[object, ...]:
    """All of a picture but its details."""
    stages = tuple((stage.name, stage.platform, stage.state) for stage in picture.stages)
    plain = (picture.phase, picture.sources, picture.warnings, picture.unwarned)
    daemon = (picture.snapshotter, picture.platforms)
    return stages, *plain, *daemon, picture.bases
