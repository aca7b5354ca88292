"""The rules over a whole spec."""

from collections.abc import Iterator
from typing import Any

from imagebuild.api.rules import credentialrules, publishrules, stagerules
from imagebuild.api.rules.rule import REQUIRED, Finding, Rule

_NO_CONTEXT_MEND = "name one of `contexts`, or leave it out to mean spec.context"


def _holder(spec: Any) -> Iterator[Finding]:
    """A Dockerfile in a context that there is not."""
    name = spec.dockerfile.context if spec.dockerfile else None
    if name is not None and name not in [context.name for context in spec.contexts]:
        yield Finding(".dockerfile.context", f"{name} is no context", _NO_CONTEXT_MEND)


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
        cel="!has(self.dockerfile) || !has(self.dockerfile.path) || has(self.context) || "
        "has(self.dockerfile.context)",
        holds=lambda spec: (
            not (spec.dockerfile and spec.dockerfile.path)
            or bool(spec.context or spec.dockerfile.context)
        ),
        what="there is no context that could hold the Dockerfile",
        mend="give spec.context, name one of spec.contexts in `dockerfile.context`, or give the "
        "Dockerfile's text in `inline`",
        field=".dockerfile.path",
    ),
    Rule(
        cel="!has(self.dockerfile) || !has(self.dockerfile.context) || has(self.contexts) && "
        "self.contexts.exists(c, c.name == self.dockerfile.context)",
        find=_holder,
        what="dockerfile.context is no context",
        mend=_NO_CONTEXT_MEND,
        told=f"self.dockerfile.context + ' is no context; {_NO_CONTEXT_MEND}'",
        field=".dockerfile.context",
    ),
    Rule(
        cel="!has(self.platforms) || self.platforms.all(p, self.platforms.exists_one(q, q == p))",
        holds=lambda spec: len(set(spec.platforms)) == len(spec.platforms),
        what="a platform is named twice",
        mend="keep one",
        field=".platforms",
    ),
    *stagerules.ACROSS,
    *publishrules.ACROSS,
    *credentialrules.ACROSS,
)
