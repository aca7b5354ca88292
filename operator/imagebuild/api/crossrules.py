"""The rules across the stages of a spec, and between stages, arguments and publish.

``told`` names the culprit in the words that the Python check uses; the API server reports it at
the list, the Python check at the very field.
"""

from collections.abc import Iterator
from typing import Any

from imagebuild.api import rules
from imagebuild.api.rule import REQUIRED, Finding, Rule

_TAGGED = r":[^/]+$"


def _missing_what(name: str) -> str:
    return f"{name} is no earlier stage, and an image needs a tag"


_MISSING_MEND = "correct the name, or add the tag, as alpine:3.18"
_LATER_MEND = "a stage can use only those before it; change their order"


def _bases(spec: Any) -> Iterator[Finding]:
    """``from`` of stages."""
    names = [stage.name for stage in spec.stages]
    for index, stage in enumerate(spec.stages):
        field, base = f".stages[{index}].from", stage.from_
        if base in names[index:] and base not in names[:index]:
            what = f"stage {stage.name} starts from {base}, which does not stand before it"
            yield Finding(field, what, _LATER_MEND)


def _bare_bases(spec: Any) -> Iterator[Finding]:
    names = [stage.name for stage in spec.stages]
    for index, stage in enumerate(spec.stages):
        base = stage.from_
        if "$" in base or base == "scratch" or base in names or rules.has_tag_or_digest(base):
            continue
        yield Finding(f".stages[{index}].from", _missing_what(base), _MISSING_MEND)


def _copies(spec: Any) -> Iterator[tuple[str, Any, Any, list[str]]]:
    """Each copy that has a ``from``: its field, its stage, itself, the names before it."""
    for i, stage in enumerate(spec.stages):
        for j, step in enumerate(stage.steps):
            if step.from_ is not None:
                before = [s.name for s in spec.stages[:i]]
                yield f".stages[{i}].steps[{j}].from", stage, step, before


def _later_copies(spec: Any) -> Iterator[Finding]:
    names = [stage.name for stage in spec.stages]
    for field, stage, step, before in _copies(spec):
        if step.from_ in names and step.from_ not in before:
            what = f"stage {stage.name} copies from {step.from_}, which does not stand before it"
            yield Finding(field, what, _LATER_MEND)


def _bare_copies(spec: Any) -> Iterator[Finding]:
    names = [stage.name for stage in spec.stages]
    for field, _, step, _ in _copies(spec):
        if step.from_ not in names and not rules.has_tag_or_digest(step.from_):
            yield Finding(field, _missing_what(step.from_), _MISSING_MEND)


def _twice(spec: Any) -> Iterator[Finding]:
    names = [stage.name for stage in spec.stages]
    for index, name in enumerate(names):
        if name in names[:index]:
            what = f"{name} is the name of several stages"
            yield Finding(f".stages[{index}].name", what, "give each its own")


def _published(spec: Any) -> Iterator[Finding]:
    names = [stage.name for stage in spec.stages]
    for index, entry in enumerate(spec.publish):
        if names and entry.stage is not None and entry.stage not in names:
            what = f"publish names {entry.stage}, which is no stage"
            yield Finding(f".publish[{index}].stage", what, "name one of `stages`")


def _published_twice(spec: Any) -> Iterator[Finding]:
    last = spec.stages[-1].name if spec.stages else None
    stages = [entry.stage or last for entry in spec.publish]
    for index, stage in enumerate(stages):
        if stage in stages[:index]:
            what = "a stage is published by several entries"
            mend = "make one entry of them, with all images (without `stage` it is the last one)"
            yield Finding(f".publish[{index}].stage", what, mend)


# The parts of the rules in CEL. A rule may cost the API server 10 million units by its estimate, in
# which lengths count at their bounds, and 1 million when it runs: so that 64 stages of 64 steps fit
# the names of stages are gathered once (a list of one list is CEL's way to name a value), and a
# message names the culprit by index, since only of a field the longest length is known.
_NO_STAGES = "!has(self.stages) || self.stages"
_NAMES = "[self.stages.map(t, t.name)]"
_NAMES_FROM_HERE = "[self.stages.transformList(j, t, j >= i, t.name)]"
_IS_IMAGE = f"({{0}}.from.contains('@') || {{0}}.from.matches(r'{_TAGGED}'))"
_STARTS_LATER = f"{_NAMES_FROM_HERE}.exists(n, s.from in n)"
_STARTS_BARE = (
    f"!s.from.contains('$') && s.from != 'scratch' && !{_IS_IMAGE.format('s')} && !(s.from in n)"
)
_COPY_BARE = f"has(p.from) && !{_IS_IMAGE.format('p')} && !(p.from in n)"
_COPIES_BARE = f"has(s.steps) && s.steps.exists(p, {_COPY_BARE})"
_COPY_LATER = "has(p.from) && p.from in n"
_COPIES_LATER = f"has(s.steps) && {_NAMES_FROM_HERE}.exists(n, s.steps.exists(p, {_COPY_LATER}))"


def _stage_with(condition: str) -> str:
    """CEL for the index of the first stage ``s`` (its own index: ``i``) of which it is true."""
    return f"self.stages.transformList(i, s, {condition}, i)[0]"


def _step_with(condition: str) -> str:
    """CEL for the index of the first step ``p`` of stage ``x`` of which it is true."""
    return f"self.stages[x].steps.transformList(k, p, {condition}, k)[0]"


# The stage that an entry of publish means; what a Dockerfile leaves unnamed is "".
_LAST = (
    "(has(self.stages) && self.stages.size() > 0 ? self.stages[self.stages.size() - 1].name : '')"
)
_MEANT = f"(has(p.stage) ? p.stage : {_LAST})"
_NO_STAGE = "has(p.stage) && !self.stages.exists(s, s.name == p.stage)"


SPEC = (
    Rule(
        cel="has(self.dockerfile) || has(self.stages) && self.stages.size() > 0",
        holds=lambda spec: bool(spec.dockerfile or spec.stages),
        what="there is nothing to build",
        mend="give stages, or a dockerfile",
        field=".stages",
        reason=REQUIRED,
    ),
    Rule(
        cel="!(has(self.dockerfile) && has(self.stages) && self.stages.size() > 0)",
        holds=lambda spec: not (spec.dockerfile and spec.stages),
        what="stages and dockerfile are both given",
        mend="leave out one of them",
        field=".dockerfile",
    ),
    Rule(
        cel="!has(self.dockerfile) || !has(self.dockerfile.path) || has(self.context)",
        holds=lambda spec: not (spec.dockerfile and spec.dockerfile.path) or bool(spec.context),
        what="there is no context that could hold the Dockerfile",
        mend="give spec.context, or the Dockerfile's text in `inline`",
        field=".dockerfile.path",
    ),
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
        cel=f"{_NO_STAGES}.all(i, s, !{_STARTS_LATER})",
        find=_bases,
        what="a stage starts from itself or a later one",
        mend=_LATER_MEND,
        told=f"[{_stage_with(_STARTS_LATER)}].map(x, 'stage ' + self.stages[x].name + ' starts "
        f"from ' + self.stages[x].from + ', which does not stand before it; {_LATER_MEND}')[0]",
        field=".stages",
    ),
    Rule(
        cel=f"!has(self.stages) || {_NAMES}.all(n, !self.stages.exists(s, {_STARTS_BARE}))",
        find=_bare_bases,
        what="a stage starts from a word that is no earlier stage, and an image needs a tag",
        mend=_MISSING_MEND,
        told=f"{_NAMES}.map(n, self.stages[{_stage_with(_STARTS_BARE)}].from + "
        f"' is no earlier stage, and an image needs a tag; {_MISSING_MEND}')[0]",
        field=".stages",
    ),
    Rule(
        cel=f"{_NO_STAGES}.all(i, s, !({_COPIES_LATER}))",
        find=_later_copies,
        what="a stage copies from itself or a later one",
        mend=_LATER_MEND,
        told=f"[{_stage_with(_COPIES_LATER)}].map(x, {_NAMES_FROM_HERE.replace(' i,', ' x,')}"
        f".map(n, 'stage ' + self.stages[x].name + ' copies from ' + self.stages[x].steps["
        f"{_step_with(_COPY_LATER)}].from + ', which does not stand before it; {_LATER_MEND}')[0]"
        ")[0]",
        field=".stages",
    ),
    Rule(
        cel=f"!has(self.stages) || {_NAMES}.all(n, !self.stages.exists(s, {_COPIES_BARE}))",
        find=_bare_copies,
        what="a step copies from a word that is no earlier stage, and an image needs a tag",
        mend=_MISSING_MEND,
        told=f"{_NAMES}.map(n, [{_stage_with(_COPIES_BARE)}].map(x, self.stages[x].steps["
        f"{_step_with(_COPY_BARE)}].from + ' is no earlier stage, and an image needs a tag; "
        f"{_MISSING_MEND}')[0])[0]",
        field=".stages",
    ),
    Rule(
        cel="!has(self.publish) || !has(self.stages) || self.stages.size() == 0 || "
        f"!self.publish.exists(p, {_NO_STAGE})",
        find=_published,
        what="publish names what is no stage",
        mend="name one of `stages`",
        told="'publish names ' + self.publish[self.publish.transformList(i, p, "
        f"{_NO_STAGE}, i)[0]].stage + ', which is no stage; name one of `stages`'",
        field=".publish",
    ),
    Rule(
        cel=f"!has(self.publish) || self.publish.all(q, self.publish.exists_one(p, {_MEANT} == "
        f"{_MEANT.replace('p.', 'q.')}))",
        find=_published_twice,
        what="a stage is published by several entries",
        mend="make one entry of them, with all images (without `stage` it is the last one)",
        field=".publish",
    ),
)
