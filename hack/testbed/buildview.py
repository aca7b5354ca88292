"""An ImageBuild while it is built, one line for each change of a stage."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from testbed.say import Failure, note

Object = Mapping[str, Any]
# Reasons that the stages' own lines tell better.
_PLAIN = ("", "Building", "Published", "Built")


def follow(changes: Iterable[Object]) -> Object:
    """Print a line for each change until the build has ended; return the object then.

    `changes` yields the ImageBuild as it is and after each change. Raises Failure with what the
    status says if the build failed, or if the changes end before it does.
    """
    begun, told = time.monotonic(), set[str]()
    for build in changes:
        for line in _lines(build):
            if line not in told:
                told.add(line)
                note(f"{time.monotonic() - begun:5.0f} s  {line}")
        conditions = _conditions(build)
        if conditions.get("Stalled", {}).get("status") == "True":
            raise _failed(build)
        if conditions.get("Ready", {}).get("status") == "True":
            return build
    raise Failure("the build has not ended in time", mend="kubectl describe imgb; is it waiting?")


def _lines(build: Object) -> list[str]:
    """Return what there is to say: nothing about an older generation of the object."""
    status = build.get("status", {})
    lines = [_stage(stage) for stage in status.get("stages", []) if _current(build)]
    ready = _conditions(build).get("Ready", {})
    if ready.get("reason", "") not in _PLAIN and ready.get("status") != "False":
        lines.append(f"{ready['reason']}: {ready['message']}")
    return lines


def _stage(stage: Object) -> str:
    done = f"{stage.get('stepsDone', 0)}/{stage.get('steps', 0)}"
    line = f"{stage['name']:12} {stage['state']:10} {done:6}"
    if stage["state"] in ("Succeeded", "Cached", "Failed"):
        line += f"{stage.get('durationMs', 0) / 1000:6.1f} s"
    elif stage["state"] == "Running":
        line += f"  {stage.get('currentStep', '')}"
    return line.rstrip()


def _conditions(build: Object) -> dict[str, Object]:
    """Return the conditions by type, if they speak of the present generation."""
    if not _current(build):
        return {}
    return {condition["type"]: condition for condition in build["status"].get("conditions", [])}


def _current(build: Object) -> bool:
    observed = build.get("status", {}).get("observedGeneration", -1)
    return bool(observed == build["metadata"]["generation"])


def _failed(build: Object) -> Failure:
    failure = build["status"].get("failure", {})
    told = [f"{failure.get('reason', 'the build failed')}: {failure.get('message', '')}"]
    told += [f"  | {line}" for line in failure.get("logTail", "").splitlines()]
    if "command" in failure:
        told.append(f"more: {failure['command']}")
    return Failure("\n  ".join(told), mend=failure.get("mend", ""))
