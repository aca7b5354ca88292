"""Whether the stages that are to be published or tested can be, asked before any solve."""

from imagebuild.contract.order import Order
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import suggestion
from imagebuild.worker.dockerfile import depth
from imagebuild.worker.dockerfile.parsed import Dockerfile
from imagebuild.worker.failure import FailedError

# How many stages a message names.
_MOST = 20


def check(order: Order, dockerfile: Dockerfile) -> None:
    """Raises FailedError for the first target that names no stage, or one of too many layers.

    ``order`` is as it was given. A Dockerfile without stages is one that could not be read, and
    BuildKit will say why.
    """
    names = [stage.name for stage in dockerfile.stages if stage.named]
    for index, target in enumerate(order.targets if dockerfile.stages else ()):
        if target.stage is not None and target.stage.lower() not in names:
            words = f'target stage "{target.stage}" could not be found: '
            words += _advice(target.stage.lower(), names, dockerfile)
            hint = suggestion.did_you_mean(suggestion.near(target.stage.lower(), names, most=1))
            raise FailedError(Failure(Cause.SOLVE, words, path=_path(order, index), hint=hint))
        if target.published and (count := depth.layers(dockerfile, target.stage)) > depth.MOST:
            words = f"it would have {count} layers or more; runtimes unpack {depth.MOST} at most"
            stage = target.stage or dockerfile.stages[-1].name
            raise FailedError(Failure(Cause.SOLVE, f"TooManyLayers: {words}", stage=stage))


def _path(order: Order, index: int) -> str:
    """The spec path of a target: gates follow what is published, or what stands for it."""
    before = sum(target.published for target in order.targets) or 1
    return f"spec.publish[{index}].stage" if index < before else f"spec.gates[{index - before}]"


def _advice(target: str, names: list[str], dockerfile: Dockerfile) -> str:
    unnamed = next((stage for stage in dockerfile.stages if stage.name == target), None)
    if unnamed:
        return f"the stage at line {unnamed.line} is unnamed: say FROM {unnamed.base} AS NAME there"
    if not names:
        return "no stage of the Dockerfile has a name: say FROM … AS NAME"
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"the Dockerfile has {', '.join(names[:_MOST])}{more}"
