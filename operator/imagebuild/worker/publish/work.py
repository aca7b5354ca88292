"""What publishing is given: an order whose sources are there, and who solves its targets."""

from collections.abc import Callable
from dataclasses import dataclass

from imagebuild.contract.order import Order
from imagebuild.worker.dockerfile.parsed import Dockerfile
from imagebuild.worker.drawing import Drawing
from imagebuild.worker.inquiries import Inquiries
from imagebuild.worker.leak.guarded import Guarded
from imagebuild.worker.limits import Limits
from imagebuild.worker.solve.buildctl import Solve
from imagebuild.worker.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Work:
    """One build on its way.

    ``solve`` solves the target of an index, with values of ``--output``, and says where it left
    word; it raises FailedError, and what the limits raise. ``guarded`` is what an image is searched
    for, with every value that was seen since the build began.
    """

    order: Order
    dockerfile: Dockerfile
    drawing: Drawing
    inquiries: Inquiries
    workspace: Workspace
    limits: Limits
    solve: Callable[[int, tuple[str, ...]], Solve]
    guarded: Guarded

    @property
    def published(self) -> tuple[int, ...]:
        """The indexes of the targets whose images go anywhere."""
        return tuple(i for i, target in enumerate(self.order.targets) if target.published)
