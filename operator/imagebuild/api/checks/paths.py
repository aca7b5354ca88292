"""What is wrong with the paths of a spec that its schema cannot say."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from e2b_dockerfile_utils import PatternMatcher

from imagebuild.api.problem import Problem
from imagebuild.api.rules import textrules
from imagebuild.api.rules.rule import matches
from imagebuild.api.source import Git
from imagebuild.api.spec import ImageBuildSpec, Source, Stage, Step

_MAX_PATH = 512
_MAX_NAME = 255  # bytes, as Linux has it
_PLAIN = re.compile(r"[^\x00-\x1f\x7f-\x9f]+")
_REMOTE = re.compile(r"(https?|ssh|git)://|git@[^/]*:")


def problems(spec: ImageBuildSpec) -> Iterator[Problem]:
    """All of it, in no order that counts."""
    yield from _source("spec.context", spec.context)
    for i, context in enumerate(spec.contexts):
        yield from _source(f"spec.contexts[{i}]", context)
    for i, stage in enumerate(spec.stages):
        yield from _stage(f"spec.stages[{i}]", stage)
    for i, entry in enumerate(spec.publish):
        if entry.archive:
            yield from _file(f"spec.publish[{i}].archive.path", entry.archive.path)


def _source(place: str, source: Source | None) -> Iterator[Problem]:
    if source is None:
        return
    if source.files is not None:
        yield from _files(f"{place}.files", source.files)
    if source.config_map is not None:
        found = [item.path for item in source.config_map.items]
        yield from _files(f"{place}.configMap.items", found)
    if source.git is not None:
        yield from _empty(f"{place}.git.paths", source.git)
    for i, pattern in enumerate(source.ignore):
        try:
            PatternMatcher([pattern])
        except ValueError:
            what = f"{pattern!r} is no pattern that a .dockerignore file can have"
            yield Problem(f"{place}.ignore[{i}]", what, "close each `[`; `!` needs a path after it")


def _files(field: str, found: Iterable[str]) -> Iterator[Problem]:
    """Paths that cannot all be files of one directory."""
    seen: Counter[str] = Counter()
    for path in found:
        yield from _file(field, path)
        seen[normal(path)] += 1
    for path, count in seen.items():
        if count > 1:
            yield Problem(field, f"{path} is there {count} times", "keep one")
        inside = next((other for other in seen if other.startswith(f"{path}/")), None)
        if inside is not None:
            yield Problem(field, f"{path} cannot be a file and hold {inside}", "rename one")


def _file(field: str, path: str) -> Iterator[Problem]:
    """What keeps one path from being a file's; 512 characters always fit in Linux's 4,096 bytes."""
    inside = not path.startswith("/") and not matches(textrules.UP, path)
    if len(path) > _MAX_PATH or not inside or not _PLAIN.fullmatch(path) or not _names_a_file(path):
        mend = "write it from the root, as src/main.go"
        yield Problem(field, f"{path!r} is no path of a file", mend)
    elif matches(textrules.DOTS, path):
        what = f"a name in {path!r} begins with .., which Kubernetes keeps for itself"
        yield Problem(field, what, "choose another name")
    else:
        yield from _names(field, path)


def _names_a_file(path: str) -> bool:
    return path.rpartition("/")[2] not in ("", ".", "..")


def _names(place: str, path: str) -> Iterator[Problem]:
    """Names that no file system takes."""
    for name in path.split("/"):
        if len(name.encode()) > _MAX_NAME:
            what = f"the name that begins with {name[:16]} is longer than {_MAX_NAME} bytes"
            yield Problem(place, what, "make it shorter")


def _empty(field: str, git: Git) -> Iterator[Problem]:
    """``paths`` of which none lies in ``subPath`` or holds it."""
    root = _parts(git.sub_path or "")
    found = [_parts(path) for path in git.paths]
    if found and not any(path[: len(root)] == root[: len(path)] for path in found):
        what = f"none of these is in subPath {git.sub_path}, so the context would be empty"
        yield Problem(field, what, "write them from the repository's root, or correct subPath")


def normal(path: str) -> str:
    """The path as it is said shortest."""
    return "/".join(_parts(path))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _stage(place: str, stage: Stage) -> Iterator[Problem]:
    yield from _target(f"{place}.workdir", stage.workdir)
    for i, path in enumerate(stage.volumes):
        yield from _target(f"{place}.volumes[{i}]", path)
    for i, step in enumerate(stage.steps):
        yield from _step(f"{place}.steps[{i}]", step)


def _step(place: str, step: Step) -> Iterator[Problem]:
    yield from _target(f"{place}.workdir", step.workdir)
    yield from _target(f"{place}.to", step.to)
    for i, source in enumerate(step.copy_ or ()):
        if _REMOTE.match(source):
            yield Problem(f"{place}.copy[{i}]", "copy fetches nothing", "use `add`, or a context")
    if step.file is not None:
        yield from _target(f"{place}.file.path", step.file.path)
        if not _names_a_file(step.file.path):
            mend = "add the file's name, as /etc/app.conf"
            yield Problem(f"{place}.file.path", "this is a directory", mend)
    for i, mount in enumerate(step.mounts):
        for kind in mount.KINDS:
            target = getattr(getattr(mount, kind), "target", None)
            if target is not None:
                yield from _mount(f"{place}.mounts[{i}].{kind}.target", target)


def _target(place: str, path: str | None) -> Iterator[Problem]:
    """A path in the image; how long a variable is only the build knows."""
    if path is not None and "$" not in path:
        yield from _names(place, path)


def _mount(place: str, target: str) -> Iterator[Problem]:
    yield from _target(place, target)
    if target.startswith("/") and posixpath.normpath(target).strip("/") == "":
        yield Problem(place, "nothing can be mounted at /", "name a directory in it")
