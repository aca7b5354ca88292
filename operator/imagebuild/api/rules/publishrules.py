"""The rules between stages and what is published and gated.

Of a Dockerfile's stages nothing is known here, so only what is said twice is refused; capitals in
their names do not count, as BuildKit has it. Of `stages` a name with capitals is none.
"""

from collections.abc import Iterator
from typing import Any

from imagebuild.api.rules.rule import Finding, Rule

_NO_STAGE_MEND = "name one of `stages`"
_TWICE_MEND = "make one entry of them, with all images (without `stage` it is the last one)"
_GATED = "is published, which needs no gate"
_GATED_MEND = "leave it out of `gates`: nothing is published before all of it succeeded"


def _published(spec: Any) -> Iterator[Finding]:
    names = [stage.name for stage in spec.stages]
    for index, entry in enumerate(spec.publish):
        if names and entry.stage is not None and entry.stage not in names:
            what = f"publish names {entry.stage}, which is no stage"
            yield Finding(f".publish[{index}].stage", what, _NO_STAGE_MEND)


def _published_twice(spec: Any) -> Iterator[Finding]:
    stages = _meant(spec)
    for index, stage in enumerate(stages):
        if stage in stages[:index]:
            what = "a stage is published by several entries"
            yield Finding(f".publish[{index}].stage", what, _TWICE_MEND)


def _gates(spec: Any) -> Iterator[Finding]:
    names = [stage.name for stage in spec.stages]
    for index, gate in enumerate(spec.gates):
        if names and gate not in names:
            what = f"gates names {gate}, which is no stage"
            yield Finding(f".gates[{index}]", what, _NO_STAGE_MEND)


def _gated_twice(spec: Any) -> Iterator[Finding]:
    gates = [gate.lower() for gate in spec.gates]
    for index, gate in enumerate(gates):
        if gate in gates[:index]:
            yield Finding(f".gates[{index}]", "gates names a stage twice", "keep one")


def _gates_that_are_published(spec: Any) -> Iterator[Finding]:
    published = _meant(spec)
    for index, gate in enumerate(spec.gates):
        if gate.lower() in published:
            yield Finding(f".gates[{index}]", f"{gate} {_GATED}", _GATED_MEND)


def _meant(spec: Any) -> list[str]:
    """The stages that the entries of publish mean; what a Dockerfile leaves unnamed is ""."""
    last = spec.stages[-1].name if spec.stages else ""
    return [(entry.stage or last).lower() for entry in spec.publish]


_LAST = (
    "(has(self.stages) && self.stages.size() > 0 ? self.stages[self.stages.size() - 1].name : '')"
)
_MEANT = f"(has(p.stage) ? p.stage.lowerAscii() : {_LAST})"
_ANY_STAGE = "!has(self.stages) || self.stages.size() == 0"
_NO_STAGE = "has(p.stage) && !self.stages.exists(s, s.name == p.stage)"
_NO_GATE = "!self.stages.exists(s, s.name == g)"
_IS_PUBLISHED = f"self.publish.exists(p, {_MEANT} == g.lowerAscii())"


def _gate_with(condition: str) -> str:
    """CEL for the first gate ``g`` of which it is true."""
    return f"self.gates[self.gates.transformList(i, g, {condition}, i)[0]]"


ACROSS = (
    Rule(
        cel=f"!has(self.publish) || {_ANY_STAGE} || !self.publish.exists(p, {_NO_STAGE})",
        find=_published,
        what="publish names what is no stage",
        mend=_NO_STAGE_MEND,
        told="'publish names ' + self.publish[self.publish.transformList(i, p, "
        f"{_NO_STAGE}, i)[0]].stage + ', which is no stage; {_NO_STAGE_MEND}'",
        field=".publish",
    ),
    Rule(
        cel=f"!has(self.publish) || self.publish.all(q, self.publish.exists_one(p, {_MEANT} == "
        f"{_MEANT.replace('p.', 'q.')}))",
        find=_published_twice,
        what="a stage is published by several entries",
        mend=_TWICE_MEND,
        field=".publish",
    ),
    Rule(
        cel=f"!has(self.gates) || {_ANY_STAGE} || !self.gates.exists(g, {_NO_GATE})",
        find=_gates,
        what="gates names what is no stage",
        mend=_NO_STAGE_MEND,
        told=f"'gates names ' + {_gate_with(_NO_GATE)} + ', which is no stage; {_NO_STAGE_MEND}'",
        field=".gates",
    ),
    Rule(
        cel="!has(self.gates) || self.gates.all(g, self.gates.exists_one(h, "
        "h.lowerAscii() == g.lowerAscii()))",
        find=_gated_twice,
        what="gates names a stage twice",
        mend="keep one",
        field=".gates",
    ),
    Rule(
        cel=f"!has(self.gates) || !has(self.publish) || !self.gates.exists(g, {_IS_PUBLISHED})",
        find=_gates_that_are_published,
        what=f"a stage {_GATED}",
        mend=_GATED_MEND,
        told=f"{_gate_with(_IS_PUBLISHED)} + ' {_GATED}; {_GATED_MEND}'",
        field=".gates",
    ),
)
