"""From a line of the Dockerfile to the place that its user knows."""

from dataclasses import dataclass

from imagebuild.contract.order import Instruction, Order, Stage
from imagebuild.worker.solve import trace

# Before the first FROM there is nothing but the arguments of all stages.
_ARGS = "spec.args"


@dataclass(frozen=True, slots=True)
class Place:
    """``path`` is a spec path, ``step`` the index in the stage's steps.

    ``line`` is set only where the Dockerfile is the user's own.
    """

    path: str | None = None
    stage: str | None = None
    step: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """The stages of a Dockerfile with their instructions' lines; none as long as it is unread.

    ``path``: the spec path of the whole file, which messages begin with. ``own``: it is the
    user's, so that a line tells them something.
    """

    stages: tuple[Stage, ...]
    path: str
    own: bool

    @classmethod
    def of(cls, order: Order, stages: tuple[Stage, ...] = ()) -> "Lines":
        """Those of an order; ``stages`` are what was read in a user's own Dockerfile."""
        return cls(order.stages or stages, path=order.dockerfile_path, own=not order.stages)

    @property
    def anywhere(self) -> Place:
        """The place of what concerns no line."""
        return Place(self.path if self.own else None)

    def at_line(self, line: int) -> Place:
        """The place of a line, which counts from 1."""
        for stage in reversed(self.stages):
            for instruction in reversed(stage.instructions):
                if instruction.line <= line:
                    return self._place(stage, instruction, line)
        return Place(self.path, line=line) if self.own else Place(_ARGS)

    def at_step(self, step: trace.Step) -> Place:
        """The place of a step that BuildKit counted; of its stage where that was counted anew."""
        named = [stage for stage in self.stages if stage.name == step.stage]
        for stage in named:
            counted = [i for i in stage.instructions if i.counted]
            # With triggers of the base among them the steps are others than these.
            if step.total == len(counted):
                return self._place(stage, counted[step.index - 1])
        if named:
            return self._place(named[0], None)
        return Place(self.path if self.own else None, step.stage)

    def _place(self, stage: Stage, found: Instruction | None, line: int | None = None) -> Place:
        if self.own:
            return Place(self.path, stage.name, line=line or (found.line if found else None))
        if found is None:
            return Place(stage=stage.name)
        return Place(found.path, stage.name, found.step)
