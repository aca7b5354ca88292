"""What each field of a stage becomes: no, one or several instructions of a Dockerfile.

``STATE`` is what holds from there on, for a stage and for a step alike; ``STEPS`` is what only
steps do, ``IMAGE`` what the image says of itself. Values are written by ``quoting``, but for those
of kinds that allow nothing which could be misread.

Sources: https://docs.docker.com/reference/dockerfile/ and BuildKit's
frontend/dockerfile/instructions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imagebuild.api.spec import Env, Stage, Step
from imagebuild.api.stage import Add, AddGit, File, Healthcheck
from imagebuild.contract import order
from imagebuild.core.dockerfile import flags, quoting

SHELL = ("/bin/sh", "-c")
# Shells, by the name of their program, that know `set -e`.
POSIX = frozenset({"sh", "bash", "ash", "dash", "ksh", "mksh", "zsh", "busybox"})

# Instructions in their order, each by the part of the field that it comes from: "" for all of it,
# [0] for an item, .name for an entry.
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to an instruction of a step: the fields beside it, the shell of its stage.

    ``file`` is the name of what a `file` writes, in the context that holds all of those.
    """

    step: Step
    shell: Sequence[str]
    file: str


def base(stage: Stage, start: str) -> str:
    """FROM what the stage starts from."""
    return flags.line("FROM", {"platform": stage.platform}, f"{start} AS {stage.name}")


def whole(context: str) -> str:
    """COPY of all that a context holds."""
    return flags.line("COPY", {"from": context}, quoting.json_list(["/", "/"]))


def _shell(shell: Sequence[str]) -> Texts:
    return {"": f"SHELL {quoting.json_list(shell)}"} if shell else {}


def _args(names: Sequence[str]) -> Texts:
    return {f"[{index}]": f"ARG {name}" for index, name in enumerate(names)}


def _env(envs: Sequence[Env]) -> Texts:
    # One ENV each: within one instruction a value would not see those before it.
    return {f"[{i}]": f"ENV {env.name}={quoting.word(env.value)}" for i, env in enumerate(envs)}


def _workdir(path: str) -> Texts:
    return {"": f"WORKDIR {quoting.word(path)}"}


def _user(user: str | int) -> Texts:
    return {"": f"USER {quoting.word(str(user))}"}


def _run(script: str, beside: Beside) -> Texts:
    stops = beside.shell[0].rpartition("/")[2] in POSIX
    return _exec([*beside.shell, f"set -e\n{script}" if stops else script], beside)


def _exec(argv: Sequence[str], beside: Beside) -> Texts:
    given: flags.Flags = {
        "mount": flags.mounts(beside.step.mounts),
        "network": "none" if beside.step.network == "None" else None,
    }
    return {"": flags.line("RUN", given, quoting.json_list(argv))}


def _copy(sources: Sequence[str], beside: Beside) -> Texts:
    own = {"from": beside.step.from_}
    return _files("COPY", own, [*sources, beside.step.to or ""], beside.step)


def _file(file: File, beside: Beside) -> Texts:
    own = {"from": order.FILES_CONTEXT}
    return _files("COPY", own, [f"/{beside.file}", file.path], beside.step)


def _add(add: Add, beside: Beside) -> Texts:
    own: flags.Flags = {"checksum": add.checksum, "unpack": add.unpack}
    source = _address(add.git) if add.git else add.url
    return _files("ADD", own, [source or "", beside.step.to or ""], beside.step)


def _address(git: AddGit) -> str:
    """A repository as ADD takes it; of what follows the ``#`` each %XX is decoded."""
    fragment = (git.commit or git.ref or "") + (f":{git.sub_path}" if git.sub_path else "")
    return git.url + ("#" + fragment.replace("%", "%25") if fragment else "")


def _files(name: str, own: flags.Flags, words: Sequence[str], step: Step) -> Texts:
    given: flags.Flags = {
        **own,
        "chown": step.chown,
        "chmod": step.chmod,
        "exclude": step.exclude,
        "parents": step.parents,
        "link": step.link,
    }
    return {"": flags.line(name, given, quoting.json_list(map(quoting.path, words)))}


def _labels(labels: Mapping[str, str]) -> Texts:
    return {f".{name}": f"LABEL {name}={quoting.word(labels[name])}" for name in sorted(labels)}


def _expose(ports: Sequence[str | int]) -> Texts:
    return {"": f"EXPOSE {' '.join(map(str, ports))}"} if ports else {}


def _volumes(paths: Sequence[str]) -> Texts:
    # Each is a word within its JSON string: BuildKit trims the string before it reads the word.
    return {"": f"VOLUME {quoting.json_list(map(quoting.word, paths))}"} if paths else {}


def _stop_signal(signal: str) -> Texts:
    return {"": f"STOPSIGNAL {signal}"}


def _healthcheck(check: Healthcheck) -> Texts:
    if not check.exec:
        return {"": "HEALTHCHECK NONE"}
    given: flags.Flags = {
        "interval": _seconds(check.interval_seconds),
        "timeout": _seconds(check.timeout_seconds),
        "start-period": _seconds(check.start_period_seconds),
        "start-interval": _seconds(check.start_interval_seconds),
        "retries": check.retries,
    }
    return {"": flags.line("HEALTHCHECK", given, f"CMD {quoting.json_list(check.exec)}")}


def _seconds(seconds: int | None) -> str | None:
    return None if seconds is None else f"{seconds}s"


def _entrypoint(argv: Sequence[str]) -> Texts:
    return {"": f"ENTRYPOINT {quoting.json_list(argv)}"}


def _cmd(argv: Sequence[str]) -> Texts:
    return {"": f"CMD {quoting.json_list(argv)}"}


STATE: Mapping[str, Callable[[Any], Texts]] = {
    "shell": _shell,
    "args": _args,
    "env": _env,
    "workdir": _workdir,
    "user": _user,
}
STEPS: Mapping[str, Callable[[Any, Beside], Texts]] = {
    "run": _run,
    "exec": _exec,
    "copy": _copy,
    "add": _add,
    "file": _file,
}
IMAGE: Mapping[str, Callable[[Any], Texts]] = {
    "labels": _labels,
    "expose": _expose,
    "volumes": _volumes,
    "stopSignal": _stop_signal,
    "healthcheck": _healthcheck,
    "entrypoint": _entrypoint,
    "cmd": _cmd,
}
