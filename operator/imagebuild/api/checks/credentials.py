"""What steps mount of the credentials of a spec; whether there are those Secrets shows later."""

import difflib
from collections.abc import Collection, Iterator

from imagebuild.api.mounts import SecretMount
from imagebuild.api.problem import Problem
from imagebuild.api.spec import ImageBuildSpec, Step

_OF_A_FILE = ("uid", "gid", "mode")


def problems(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Mounts of what the spec does not have, and those that cannot be as they are written."""
    for i, stage in enumerate(spec.stages):
        for j, step in enumerate(stage.steps):
            yield from _step(spec, step, f"spec.stages[{i}].steps[{j}]")


def _step(spec: ImageBuildSpec, step: Step, path: str) -> Iterator[Problem]:
    signs_in = 0
    for index, mount in enumerate(step.mounts):
        place = f"{path}.mounts[{index}]"
        if mount.secret:
            there = [secret.name for secret in spec.secrets]
            yield from _named(f"{place}.secret.name", mount.secret.name, there, "secrets")
            yield from _without_a_file(f"{place}.secret", mount.secret)
        if mount.ssh:
            there = [entry.name for entry in spec.ssh]
            yield from _named(f"{place}.ssh.name", mount.ssh.name, there, "ssh")
            signs_in += 1
            if signs_in > 1:
                what = "a step has one SSH_AUTH_SOCK and one /etc/ssh/ssh_known_hosts"
                yield Problem(f"{place}.ssh", what, "make several steps of it, each with one key")


def _named(place: str, name: str, there: Collection[str], field: str) -> Iterator[Problem]:
    if name in there:
        return
    near = difflib.get_close_matches(name, there, n=1)
    what = f"spec.{field} has no {name}"
    mend = f"did you mean {near[0]}?" if near else f"add it to spec.{field}, or correct the name"
    yield Problem(place, what, mend)


def _without_a_file(place: str, secret: SecretMount) -> Iterator[Problem]:
    """Owner and mode of what is no file."""
    if secret.env is None or secret.target is not None:
        return
    for field in _OF_A_FILE:
        if getattr(secret, field) is not None:
            what = f"{field} belongs to target: with `env` alone there is no file"
            yield Problem(f"{place}.{field}", what, "leave it out, or give target")
