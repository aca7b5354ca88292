"""How much a build may take, and how strictly it is looked at."""

from collections.abc import Iterator, Mapping
from typing import Any

from imagebuild.api import resources as names
from imagebuild.api.checks.quantities import is_none, quantity
from imagebuild.api.problem import Problem
from imagebuild.api.spec import ImageBuildSpec, Resources
from imagebuild.contract.order import Lint
from imagebuild.core.policy.images import shown
from imagebuild.core.settings import Policy, Settings

_PARTS = ("requests", "limits")
_STRICTER = (Lint.IGNORE, Lint.WARN, Lint.FAIL)


def problems(spec: ImageBuildSpec, policy: Policy) -> Iterator[Problem]:
    """What the spec asks for beyond the policy."""
    yield from _timeout(spec, policy)
    yield from _resources(spec, policy)
    if spec.lint and policy.lint and _rank(spec.lint) < _rank(policy.lint):
        what = f"{spec.lint} is less than policy.lint, which is {policy.lint}"
        yield Problem("spec.lint", what, f"write {policy.lint}, or leave it out")
    if spec.leak_guard == "Auto" and policy.leak_guard:
        what = "Auto is less than policy.leakGuard, which is Always"
        yield Problem("spec.leakGuard", what, "write Always, or leave it out")
    yield from _secrets(spec, policy)


def resources(asked: Resources | None, settings: Settings) -> dict[str, Any]:
    """Requests and limits of the daemon: what is asked over the settings', within the policy.

    ``asked``: as a spec has it. By resource: what it says of one leaves the defaults of the others.
    Where nothing limits what the policy bounds, that bound is the limit. Kubernetes would make a
    request of it, and no node may have as much to give.
    """
    own = asked.to_json() if asked else {}
    most = settings.policy.max_resources
    default = {part: _within(settings.resources.get(part, {}), most) for part in _PARTS}
    found = {part: {**default[part], **own.get(part, {})} for part in _PARTS}
    _agree(found["requests"], found["limits"], asked=own.get("requests", {}))
    for name, bound in most.items():
        # Of others a build without a limit has none.
        if name not in found["limits"] and name in names.OWN:
            found["limits"][name] = bound
            found["requests"].setdefault(name, "0")
    return {part: amounts for part, amounts in found.items() if amounts}


def _agree(
    requests: dict[str, Any], limits: dict[str, Any], *, asked: Mapping[str, str | int]
) -> None:
    """No request is above its limit: the default of the two gives way to what the spec asks."""
    for name in requests.keys() & limits.keys():
        if quantity(requests[name]) > quantity(limits[name]):
            if name in asked:
                limits[name] = requests[name]
            else:
                requests[name] = limits[name]


def lint(spec: ImageBuildSpec, settings: Settings) -> Lint:
    """What becomes of warnings: what the spec says, else the policy."""
    return Lint(spec.lint or settings.policy.lint or Lint.WARN)


def _within(amounts: Mapping[str, Any], most: Mapping[str, str]) -> dict[str, Any]:
    """A default of the settings may be above a bound that an override sets."""
    return {
        name: most[name] if _above(name, amounts[name], most) else amounts[name] for name in amounts
    }


def _above(name: str, amount: str | int, most: Mapping[str, str]) -> bool:
    return name in most and quantity(amount) > quantity(most[name])


def _rank(lint: str) -> int:
    return _STRICTER.index(Lint(lint))


def _timeout(spec: ImageBuildSpec, policy: Policy) -> Iterator[Problem]:
    most = policy.max_timeout_seconds
    if most is not None and (spec.timeout_seconds or 0) > most:
        what = f"{spec.timeout_seconds} is more than policy.maxTimeoutSeconds, which is {most}"
        yield Problem("spec.timeoutSeconds", what, f"write at most {most}")


def _resources(spec: ImageBuildSpec, policy: Policy) -> Iterator[Problem]:
    asked = spec.resources.to_json() if spec.resources else {}
    for part, amounts in asked.items():
        for name, amount in amounts.items():
            most = policy.max_resources.get(name)
            if most is None:
                continue
            path = f"spec.resources.{part}.{name}"
            if part == "limits" and is_none(amount):
                what = f"{amount} is no limit, and policy.maxResources allows {most} of {name}"
                yield Problem(path, what, f"write at most {most}, or leave it out")
            elif _above(name, amount, policy.max_resources):
                what = f"{amount} is more than policy.maxResources allows of {name}, {most}"
                yield Problem(path, what, f"write at most {most}")


def _secrets(spec: ImageBuildSpec, policy: Policy) -> Iterator[Problem]:
    """Of which ref a commit of git is, the worker sees; without git there is none."""
    from_git = spec.context is not None and spec.context.git is not None
    if policy.secrets_on and (spec.secrets or spec.ssh) and not from_git:
        what = "policy.secretsOn lets only commits on"
        what = f"{what} {shown(policy.secrets_on)} use secrets, and this build is of none"
        path = "spec.secrets" if spec.secrets else "spec.ssh"
        yield Problem(path, what, "take the files from git, by spec.context")
