"""Build arguments: which there are, which have a value before the build, who names them.

A value with facts in it is known only to the build, one from a ConfigMap only once that was read:
nothing that depends on one can be judged here.
"""

from collections.abc import Iterable, Iterator, Mapping

from imagebuild.api import kinds, references, uses, variables
from imagebuild.api.problem import Problem
from imagebuild.api.rules.rule import matches
from imagebuild.api.spec import Arg, ImageBuildSpec
from imagebuild.contract import facts

# Those that BuildKit sets: https://docs.docker.com/reference/dockerfile/#arg and, in its source,
# frontend/dockerfile/dockerfile2llb/platform.go.
PREDEFINED = frozenset(
    side + part
    for side in ("TARGET", "BUILD")
    for part in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
) | {"TARGETSTAGE"}
_MEND = "add it to spec.args"


def known(args: Iterable[Arg]) -> dict[str, str]:
    """The values that are known before the build, by name."""
    return {
        arg.name: facts.expand(arg.value, {})
        for arg in args
        if arg.value is not None and not facts.names(arg.value)
    }


def problems(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Arguments that there are not, and bases and platforms that they do not make."""
    yield from _unlisted(spec)
    values = known(spec.args)
    names = {arg.name for arg in spec.args}
    sources = {references.SCRATCH, *(context.name for context in spec.contexts)}
    for index, stage in enumerate(spec.stages):
        path = f"spec.stages[{index}]"
        yield from _variables(f"{path}.from", stage.from_, names)
        yield from _base(f"{path}.from", resolved(stage.from_, values), sources)
        yield from _variables(f"{path}.platform", stage.platform, names | PREDEFINED)
        yield from _platform(f"{path}.platform", resolved(stage.platform, values))
        sources.add(stage.name)


def resolved(text: str | None, values: Mapping[str, str]) -> str | None:
    """The text with these values; None without variables, or where one is wrong or not known."""
    if text is None or "$" not in text:
        return None
    try:
        parts = variables.parse(text)
    except ValueError:
        return None
    return variables.expand(parts, values) if set(variables.names(parts)) <= set(values) else None


def _variables(path: str, text: str | None, names: Iterable[str]) -> Iterator[Problem]:
    """Variables of a text that can be but these."""
    try:
        unknown = sorted(set(variables.names(variables.parse(text or ""))) - set(names))
    except ValueError as error:
        yield Problem(path, str(error), "correct the variable")
        return
    if unknown:
        yield Problem(path, f"there is no build argument {unknown[0]}", _MEND)


def _base(path: str, base: str | None, sources: Iterable[str]) -> Iterator[Problem]:
    if base is None or base in sources:
        return
    if not references.is_reference(base):
        yield Problem(path, f"this becomes {base!r}, which is no image", "correct spec.args")
    elif not references.has_tag_or_digest(base):
        what = f"this becomes {base}, which {uses.MISSING}"
        yield Problem(path, what, uses.MISSING_MEND)


def _platform(path: str, platform: str | None) -> Iterator[Problem]:
    if platform is not None and not matches(kinds.PLATFORM, platform):
        yield Problem(path, f"this becomes {platform!r}, which is no platform", "correct spec.args")


def _unlisted(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Names in the ``args`` of stages and steps."""
    names = {arg.name for arg in spec.args} | PREDEFINED
    for i, stage in enumerate(spec.stages):
        path = f"spec.stages[{i}]"
        places = [(path, stage.args)]
        places += [(f"{path}.steps[{j}]", step.args or ()) for j, step in enumerate(stage.steps)]
        for place, listed in places:
            for k, name in enumerate(listed):
                if name not in names:
                    yield Problem(f"{place}.args[{k}]", f"there is no build argument {name}", _MEND)
