"""The rules across the stages of a spec: their names, and what they start and take files from.

``told`` names the culprit in the words that the Python check uses; the API server reports it at
the list, the Python check at the very field.
"""

from collections.abc import Iterator
from typing import Any

from imagebuild.api import references, uses
from imagebuild.api.rules.rule import Finding, Rule
from imagebuild.api.uses import LATER, LATER_MEND, MISSING, MISSING_MEND


def _named_starts(spec: Any) -> Iterator[uses.Use]:
    """Without scratch, and without what only build arguments make a name."""
    return (u for u in uses.starts(spec) if "$" not in u.name and u.name != references.SCRATCH)


def _twice(spec: Any) -> Iterator[Finding]:
    names = [stage.name for stage in spec.stages]
    for index, name in enumerate(names):
        if name in names[:index]:
            what = f"{name} is the name of several stages"
            yield Finding(f".stages[{index}].name", what, "give each its own")


def _contexts_called_so(spec: Any) -> Iterator[Finding]:
    names = {stage.name for stage in spec.stages}
    for index, context in enumerate(spec.contexts):
        if context.name in names:
            what = f"{context.name} is the name of a stage too"
            yield Finding(f".contexts[{index}].name", what, "rename one of them")


def _online(spec: Any) -> Iterator[Finding]:
    for i, stage in enumerate(spec.stages):
        for j, step in enumerate(stage.steps):
            if spec.network == "None" and step.network == "Default":
                place = f".stages[{i}].steps[{j}].network"
                yield Finding(place, _ONLINE, _ONLINE_MEND)


_ONLINE = "spec.network is None, so no step has a network"
_ONLINE_MEND = "leave spec.network out, and give None to the steps that are to have none"

# The parts of the rules in CEL. A rule may cost the API server 10 million units by its estimate, in
# which lengths count at their bounds, and 1 million when it runs: so that 64 stages of 64 steps fit
# the names of stages are gathered once (a list of one list is CEL's way to name a value), and a
# message names the culprit by index, since only of a field the longest length is known.
_NO_STAGES = "!has(self.stages) || self.stages"
_NAMES = "[self.stages.map(t, t.name) + (has(self.contexts) ? self.contexts.map(c, c.name) : [])]"
_NAMES_FROM_HERE = "[self.stages.transformList(j, t, j >= i, t.name)]"
_IS_IMAGE = f"({{0}}.from.contains('@') || {{0}}.from.matches(r'{references.TAGGED}'))"
_STARTS_LATER = f"{_NAMES_FROM_HERE}.exists(n, s.from in n)"
_STARTS_BARE = (
    f"!s.from.contains('$') && s.from != 'scratch' && !{_IS_IMAGE.format('s')} && !(s.from in n)"
)
_COPY_BARE = f"has(p.from) && !{_IS_IMAGE.format('p')} && !(p.from in n)"
_COPIES_BARE = f"has(s.steps) && s.steps.exists(p, {_COPY_BARE})"
_COPY_LATER = "has(p.from) && p.from in n"
_COPIES_LATER = f"has(s.steps) && {_NAMES_FROM_HERE}.exists(n, s.steps.exists(p, {_COPY_LATER}))"
_CALLED_SO = "self.stages.exists(s, s.name == c.name)"
_IS_ONLINE = "has(s.steps) && s.steps.exists(p, has(p.network) && p.network == 'Default')"


def _stage_with(condition: str) -> str:
    """CEL for the index of the first stage ``s`` (its own index: ``i``) of which it is true."""
    return f"self.stages.transformList(i, s, {condition}, i)[0]"


def _step_with(condition: str) -> str:
    """CEL for the index of the first step ``p`` of stage ``x`` of which it is true."""
    return f"self.stages[x].steps.transformList(k, p, {condition}, k)[0]"


ACROSS = (
    Rule(
        cel=f"{_NO_STAGES}.all(s, self.stages.exists_one(t, t.name == s.name))",
        find=_twice,
        what="several stages have the same name",
        mend="give each its own",
        told=f"self.stages[{_stage_with('!self.stages.exists_one(t, t.name == s.name)')}].name + "
        "' is the name of several stages; give each its own'",
        field=".stages",
    ),
    Rule(
        cel=f"!has(self.contexts) || !has(self.stages) || !self.contexts.exists(c, {_CALLED_SO})",
        find=_contexts_called_so,
        what="a context has the name of a stage",
        mend="rename one of them",
        told=f"self.contexts[self.contexts.transformList(i, c, {_CALLED_SO}, i)[0]].name + "
        "' is the name of a stage too; rename one of them'",
        field=".contexts",
    ),
    Rule(
        cel=f"{_NO_STAGES}.all(i, s, !{_STARTS_LATER})",
        find=uses.later(uses.starts),
        what="a stage starts from itself or a later one",
        mend=LATER_MEND,
        told=f"[{_stage_with(_STARTS_LATER)}].map(x, 'stage ' + self.stages[x].name + ' starts "
        f"from ' + self.stages[x].from + ', {LATER}; {LATER_MEND}')[0]",
        field=".stages",
    ),
    Rule(
        cel=f"!has(self.stages) || {_NAMES}.all(n, !self.stages.exists(s, {_STARTS_BARE}))",
        find=uses.bare(_named_starts),
        what=f"a stage starts from a word that {MISSING}",
        mend=MISSING_MEND,
        told=f"{_NAMES}.map(n, self.stages[{_stage_with(_STARTS_BARE)}].from + "
        f"' {MISSING}; {MISSING_MEND}')[0]",
        field=".stages",
    ),
    Rule(
        cel=f"{_NO_STAGES}.all(i, s, !({_COPIES_LATER}))",
        find=uses.later(uses.copies),
        what="a stage copies from itself or a later one",
        mend=LATER_MEND,
        told=f"[{_stage_with(_COPIES_LATER)}].map(x, {_NAMES_FROM_HERE.replace(' i,', ' x,')}"
        f".map(n, 'stage ' + self.stages[x].name + ' copies from ' + self.stages[x].steps["
        f"{_step_with(_COPY_LATER)}].from + ', {LATER}; {LATER_MEND}')[0])[0]",
        field=".stages",
    ),
    Rule(
        cel=f"!has(self.stages) || {_NAMES}.all(n, !self.stages.exists(s, {_COPIES_BARE}))",
        find=uses.bare(uses.copies),
        what=f"a step copies from a word that {MISSING}",
        mend=MISSING_MEND,
        told=f"{_NAMES}.map(n, [{_stage_with(_COPIES_BARE)}].map(x, self.stages[x].steps["
        f"{_step_with(_COPY_BARE)}].from + ' {MISSING}; {MISSING_MEND}')[0])[0]",
        field=".stages",
    ),
    Rule(
        cel="!has(self.network) || self.network != 'None' || !has(self.stages) || "
        f"!self.stages.exists(s, {_IS_ONLINE})",
        find=_online,
        what=_ONLINE,
        mend=_ONLINE_MEND,
        field=".stages",
    ),
)
