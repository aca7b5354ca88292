"""Where a build has come to: what is asked further once it has failed."""

from dataclasses import dataclass

from imagebuild.contract.order import Order
from imagebuild.worker.limits import Limits
from imagebuild.worker.solve.inputs import Inputs
from imagebuild.worker.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Scene:
    """``inputs`` is None as long as not all contexts are there."""

    order: Order
    inputs: Inputs | None
    workspace: Workspace
    limits: Limits
