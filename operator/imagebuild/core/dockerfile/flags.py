"""Flags of instructions, and the mounts that are written as flags.

A flag's value has no form in which everything can be said: BuildKit takes it byte by byte and ends
it at a blank; a mount is cut at commas too. So the kinds of these values allow nothing of that, and
they stand as they are.

Source: BuildKit's frontend/dockerfile/parser/split_command.go and
frontend/dockerfile/instructions/commands_runmount.go.
"""

from collections.abc import Mapping, Sequence

from imagebuild.api.stage import BindMount, CacheMount, Mount, TmpfsMount

# A flag by its name: None and False are none, True is one without a value, a list is one each.
Flags = Mapping[str, str | int | bool | Sequence[str] | None]


def line(name: str, flags: Flags, rest: str) -> str:
    """An instruction with its flags before the rest of it."""
    given = (text for flag, value in flags.items() for text in _flag(flag, value))
    return " ".join((name, *given, rest))


def _flag(name: str, value: str | int | bool | Sequence[str] | None) -> list[str]:  # noqa: FBT001
    if value is None or value is False:
        return []
    if value is True:
        return [f"--{name}"]
    values = [value] if isinstance(value, str | int) else value
    return [f"--{name}={one}" for one in values]


def mount(mount: Mount) -> str:
    """The value of RUN's flag ``--mount``."""
    if mount.cache is not None:
        return _fields("cache", _cache(mount.cache))
    if mount.bind is not None:
        return _fields("bind", _bind(mount.bind))
    return _fields("tmpfs", _tmpfs(mount.tmpfs))


def _cache(cache: CacheMount) -> Mapping[str, str | int | None]:
    return {
        "id": cache.id,
        "sharing": cache.sharing and cache.sharing.lower(),
        "from": cache.from_,
        "source": cache.source,
        "target": cache.target,
        "uid": cache.uid,
        "gid": cache.gid,
        "mode": cache.mode,
    }


def _bind(bind: BindMount) -> Mapping[str, str | int | None]:
    write = "true" if bind.read_write else None
    return {"from": bind.from_, "source": bind.source, "target": bind.target, "readwrite": write}


def _tmpfs(tmpfs: TmpfsMount | None) -> Mapping[str, str | int | None]:
    return {"target": tmpfs.target, "size": tmpfs.size_bytes} if tmpfs else {}


def _fields(kind: str, fields: Mapping[str, str | int | None]) -> str:
    given = (f"{name}={value}" for name, value in fields.items() if value is not None)
    return ",".join((f"type={kind}", *given))
