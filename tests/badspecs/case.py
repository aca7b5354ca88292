"""A spec that cannot be built, and the shortest ways to write one."""

from dataclasses import dataclass

BASE = "alpine:3.18"
IMAGE = "registry.example.com/team/hello:1.0"
URL = "https://example.com/tool.tar.gz"
CHECKSUM = f"sha256:{'0' * 64}"
IN_STAGE = "spec.stages[0]"
IN_STEP = "spec.stages[0].steps[0]"
TOO_LONG = " is longer than 255 bytes; make it shorter"
LONG = "b" * 256


@dataclass(frozen=True)
class Bad:
    """One spec.

    ``path`` and ``words`` are the operator's; the API server reports at ``there`` (unset: at the
    same path), in the same words unless the schema itself refuses (``by_schema``). It takes a spec
    with ``taken``: what the schema cannot say is the operator's alone.
    """

    name: str
    spec: dict
    path: str
    words: str
    there: str | None = None
    by_schema: str = ""
    taken: bool = False


def stages(*found, **spec):
    return {"stages": list(found), **spec}


def stage(*steps, name="only", base=BASE, **fields):
    return {"name": name, "from": base, "steps": list(steps), **fields}


def step(**fields):
    return stages(stage(fields))


def copying(**fields):
    return step(**{"copy": ["a"], "to": "./", **fields})


def adding(**fields):
    return step(add=fields, to="./")


def mounting(*, before=(), **mount):
    return stages(*before, stage({"run": "true", "mounts": [mount]}))


def with_context(**source):
    return stages(stage(), context=source)


def with_contexts(*contexts, **spec):
    return stages(stage(), contexts=list(contexts), **spec)


def from_config_map(path):
    return with_context(configMap={"name": "c", "items": [{"key": "k", "path": path}]})


def with_file(path):
    return with_context(files={path: ""})


def from_git(**fields):
    return with_context(git={"url": "https://git.example.com/hello.git", **fields})


def published(*images, **fields):
    return stages(stage(), publish=[{"images": list(images), **fields}])
