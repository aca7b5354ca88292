"""Flags of instructions, and the mounts that are written as flags.

A flag's value has no form in which everything can be said: BuildKit takes it byte by byte and ends
it at a blank; a mount is cut at commas too. So the kinds of these values allow nothing of that, and
they stand as they are.

Source: BuildKit's frontend/dockerfile/parser/split_command.go and
frontend/dockerfile/instructions/commands_runmount.go.
"""

from collections.abc import Mapping, Sequence

from imagebuild.api.mounts import (
    BindMount,
    CacheMount,
    Mount,
    SecretMount,
    SshMount,
    TmpfsMount,
)
from imagebuild.api.rules.credentialrules import KNOWN_HOSTS

# Where OpenSSH looks for servers' keys, whoever the step runs as (ssh_config(5)).
_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts"

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


def mounts(found: Sequence[Mount]) -> list[str]:
    """The values of RUN's flag ``--mount``.

    Beside the agent of an ssh key a step finds the public keys of its servers, where it does not
    mount others of its own.
    """
    targets = {mount.secret.target for mount in found if mount.secret}
    values = [_mount(mount) for mount in found]
    for mount in found:
        if mount.ssh and _KNOWN_HOSTS not in targets:
            secret = SecretMount(
                name=f"{mount.ssh.name}{KNOWN_HOSTS}", target=_KNOWN_HOSTS, mode="0444"
            )
            values.append(_fields("secret", _secret(secret)))
    return values


def _mount(mount: Mount) -> str:
    if mount.cache is not None:
        return _fields("cache", _cache(mount.cache))
    if mount.bind is not None:
        return _fields("bind", _bind(mount.bind))
    if mount.secret is not None:
        return _fields("secret", _secret(mount.secret))
    if mount.ssh is not None:
        return _fields("ssh", _ssh(mount.ssh))
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


def _secret(secret: SecretMount) -> Mapping[str, str | int | None]:
    return {
        "id": secret.name,
        "target": secret.target,
        "env": secret.env,
        "required": "true",
        "uid": secret.uid,
        "gid": secret.gid,
        "mode": secret.mode,
    }


def _ssh(ssh: SshMount) -> Mapping[str, str | int | None]:
    return {
        "id": ssh.name,
        "target": ssh.target,
        "required": "true",
        "uid": ssh.uid,
        "gid": ssh.gid,
        "mode": ssh.mode,
    }


def _fields(kind: str, fields: Mapping[str, str | int | None]) -> str:
    given = (f"{name}={value}" for name, value in fields.items() if value is not None)
    return ",".join((f"type={kind}", *given))
