"""What a spec says, in the words of a Dockerfile: what must be read where it was rendered.

It gives what ``dockerfiles.read`` gives, but for the lines. Nothing here knows of quoting.
"""

import re

from tests import specs

from imagebuild.api import variables

SHELL = ("/bin/sh", "-c")
POSIX = ("sh", "bash", "ash", "dash", "ksh", "mksh", "zsh", "busybox")
# Variables while the file is read; all others are unset.
VALUES = {name: f"<{name}>" for name in specs.NAMES if not name.startswith("UNSET")}

_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts"


def _expanded(text):
    return variables.expand(variables.parse(str(text)), VALUES)


def by(spec):
    """Its stages: (name, base, platform, instructions)."""
    values = {arg["name"]: default(arg) for arg in spec.get("args", [])}
    of_files = {c["name"] for c in spec.get("contexts", []) if not {"oci", "imageBuild"} & set(c)}
    for index, stage in enumerate(spec["stages"]):
        said = [("SHELL", stage["shell"])] if stage.get("shell") else []
        said += _state(stage)
        for number, step in enumerate(stage.get("steps", [])):
            said += _step(step, stage.get("shell"), f"/{index}-{number}")
        said += _image(stage)
        base = variables.expand(variables.parse(stage["from"]), values)
        if base in of_files:
            said.insert(0, ("COPY", ["/"], "/", {"from": base}))
            base = "scratch"
        yield stage["name"], base, stage.get("platform"), said


def default(arg):
    """What the file itself says of an argument; facts and ConfigMaps are for the build to know."""
    text = re.sub(r"(?<!\$)\$\([a-z0-9]+\)", "unknown", arg.get("value", "unknown"))
    return text.replace("$$(", "$(")


def _state(state):
    yield from (("ARG", name) for name in state.get("args", []))
    yield from (("ENV", env["name"], _expanded(env["value"])) for env in state.get("env", []))
    if "workdir" in state:
        yield "WORKDIR", _expanded(state["workdir"])
    if "user" in state:
        yield "USER", _expanded(state["user"])


def _image(stage):
    labels = stage.get("labels", {})
    yield from (("LABEL", name, _expanded(labels[name])) for name in sorted(labels))
    if stage.get("expose"):
        yield "EXPOSE", [str(port) for port in stage["expose"]]
    if stage.get("volumes"):
        yield "VOLUME", [_expanded(path) for path in stage["volumes"]]
    if "stopSignal" in stage:
        yield "STOPSIGNAL", stage["stopSignal"]
    if "healthcheck" in stage:
        yield _health(stage["healthcheck"])
    if "entrypoint" in stage:
        yield "ENTRYPOINT", stage["entrypoint"]
    if "cmd" in stage:
        yield "CMD", stage["cmd"]


def _health(check):
    if not check["exec"]:
        return "HEALTHCHECK", "NONE"
    flags = {
        name: f"{check[field]}{unit}"
        for name, field, unit in (
            ("interval", "intervalSeconds", "s"),
            ("timeout", "timeoutSeconds", "s"),
            ("start-period", "startPeriodSeconds", "s"),
            ("start-interval", "startIntervalSeconds", "s"),
            ("retries", "retries", ""),
        )
        if field in check
    }
    return "HEALTHCHECK", "CMD", check["exec"], flags


def _step(step, shell, file):
    if "run" in step or "exec" in step:
        argv = step.get("exec") or [*(shell or SHELL), _script(step["run"], shell)]
        return [("RUN", argv, _beside_run(step))]
    if "copy" in step:
        files = [_expanded(source) for source in step["copy"]]
        return [("COPY", files, _expanded(step["to"]), _beside_files(step))]
    if "file" in step:
        flags = {"from": "imagebuild.files", **_beside_files(step)}
        return [("COPY", [file], _expanded(step["file"]["path"]), flags)]
    if "add" in step:
        return [("ADD", [_source(step["add"])], _expanded(step["to"]), _beside_files(step))]
    return [*_state(step)]


def _script(run, shell):
    return f"set -e\n{run}" if (shell or SHELL)[0].rsplit("/")[-1] in POSIX else run


def _source(add):
    if "url" in add:
        return _expanded(add["url"])
    git = add["git"]
    ref = git.get("commit") or _expanded(git.get("ref", ""))
    return _expanded(git["url"]), ref, _expanded(git.get("subPath", ""))


def _beside_run(step):
    given = step.get("mounts", [])
    mounts = [_mount(mount) for mount in given]
    if not [m for m in given if m.get("secret", {}).get("target") == _KNOWN_HOSTS]:
        mounts += [_known_hosts(m["ssh"]["name"]) for m in given if "ssh" in m]
    network = {"network": "none"} if step.get("network") == "None" else {}
    return {**network, **({"mount": mounts} if mounts else {})}


def _mount(mount):
    ((kind, fields),) = mount.items()
    said = {"type": kind}
    if kind in ("secret", "ssh"):
        fields = {"required": "true", **fields, "id": fields["name"]}
        del fields["name"]
    for name, value in fields.items():
        if name == "readWrite":
            said |= {"readwrite": "true"} if value else {}
        elif name == "sharing":
            said[name] = {"Shared": "shared", "Private": "private", "Locked": "locked"}[value]
        else:
            said["size" if name == "sizeBytes" else name] = _expanded(value)
    return said


def _known_hosts(key):
    hosts = {"id": f"{key}.known_hosts", "target": _KNOWN_HOSTS, "mode": "0444"}
    return {"type": "secret", "required": "true", **hosts}


def _beside_files(step):
    beside = {**step, **step.get("add", {})}
    texts = ("from", "chown", "chmod", "exclude", "checksum")
    switches = ("parents", "link", "unpack")
    said = {name: beside[name] for name in texts if beside.get(name)}
    return {**said, **{name: True for name in switches if beside.get(name)}}
