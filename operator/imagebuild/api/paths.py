"""What is wrong with the paths of a spec that its schema cannot say."""

from collections import Counter
from collections.abc import Iterator

from imagebuild.api import rules
from imagebuild.api.problem import Problem
from imagebuild.api.spec import ImageBuildSpec, Source

_MAX_PATH = 512
_MAX_NAME = 255  # bytes, as Linux has it


def problems(spec: ImageBuildSpec) -> Iterator[Problem]:
    """All of it, in no order that counts."""
    yield from _files(spec.context)
    yield from _targets(spec)


def _files(source: Source | None) -> Iterator[Problem]:
    """Paths that cannot all be files of one directory."""
    if source is None:
        return
    field, found = "spec.context.files", list(source.files or ())
    if source.config_map is not None:
        field = "spec.context.configMap.items"
        found = [item.path for item in source.config_map.items]
    seen: Counter[str] = Counter()
    for path in found:
        yield from _file(field, path)
        seen["/".join(part for part in path.split("/") if part not in ("", "."))] += 1
    for path, count in seen.items():
        if count > 1:
            yield Problem(field, f"{path} is there {count} times", "keep one")
        inside = next((other for other in seen if other.startswith(f"{path}/")), None)
        if inside is not None:
            yield Problem(field, f"{path} cannot be a file and hold {inside}", "rename one")


def _file(field: str, path: str) -> Iterator[Problem]:
    """What keeps one path from being a file's; 512 characters always fit in Linux's 4,096 bytes."""
    if len(path) > _MAX_PATH or not rules.is_relative_file(path):
        mend = "write it from the context's root, as src/main.go"
        yield Problem(field, f"{path!r} is no path of a file", mend)
    elif rules.begins_with_dots(path):
        what = f"a name in {path!r} begins with .., which Kubernetes keeps for itself"
        yield Problem(field, what, "choose another name")
    else:
        yield from _names(field, path)


def _names(place: str, path: str) -> Iterator[Problem]:
    """Names that no file system takes."""
    for name in path.split("/"):
        if len(name.encode()) > _MAX_NAME:
            what = f"the name that begins with {name[:16]} is longer than {_MAX_NAME} bytes"
            yield Problem(place, what, "make it shorter")


def _targets(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Where files are copied to; how long a variable is only the build knows."""
    for i, stage in enumerate(spec.stages):
        for j, step in enumerate(stage.steps):
            if step.to is not None and "$" not in step.to:
                yield from _names(f"spec.stages[{i}].steps[{j}].to", step.to)
