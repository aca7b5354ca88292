"""What a pod finds on a node: it runs the builder image as builds do, and builds a tiny stage."""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from imagebuild.api.status import BuildStatus
from imagebuild.cli.preflight import nodes, pods, rootless
from imagebuild.cli.preflight.apiserver import JSON, ApiServer, RefusedError
from imagebuild.cli.preflight.finding import Finding
from imagebuild.core import containers, policy
from imagebuild.core.attempt import pod
from imagebuild.core.attempt.mounts import Mounts
from imagebuild.core.failures import nodes as failures
from imagebuild.core.profile import Kind, Profile, offers_user_namespaces
from imagebuild.core.settings import Settings

# The image may have to be pulled first.
_SECONDS = 300.0
_REASONS = r"(?i)not permitted|denied|invalid argument|no space|failed|error"
_SECCOMP_PAGE = "docs/how-to/run-under-pod-security.md"


def findings(
    api: ApiServer, node: Mapping[str, Any], settings: Settings, *, namespace: str
) -> Iterator[Finding]:
    """Whether builds run on this node, with what they would have there by the settings.

    Where they do not in a user namespace, it is tried without, as what else could be set. Pods are
    made in ``namespace``.
    """
    kind = settings.profile.kind
    if kind is Kind.USERNS and settings.profile.nodes and not offers_user_namespaces(node):
        yield Finding(nodes.name(node), "builds are not sent here: it offers no userns", ok=None)
        return
    found = _tried(api, node, settings, namespace=namespace)
    yield found
    if kind is Kind.USERNS and found.ok is False:
        without = replace(settings, profile=replace(settings.profile, kind=Kind.UNCONFINED))
        instead = _tried(api, node, without, namespace=namespace)
        if instead.ok:
            mend = "set securityProfile to `unconfined`, or keep builds off this node"
            yield replace(instead, what=f"as it could be: {instead.what}", ok=None, mend=mend)


def _tried(
    api: ApiServer, node: Mapping[str, Any], settings: Settings, *, namespace: str
) -> Finding:
    about, title = nodes.name(node), _title(settings.profile)
    try:
        ended = pods.run(api, manifest(node, settings, namespace=namespace), seconds=_SECONDS)
    except RefusedError as refused:
        mend = f"see {_SECCOMP_PAGE} for what the namespace has to let in"
        return Finding(about, f"{title}: its pod was refused: {refused}", ok=False, mend=mend)
    said = _said(ended.log)
    if said is None:
        words = ": ".join(filter(None, (ended.reason, ended.message))) or ended.log.strip()
        what = f"{title}: its pod did not run: {words or 'it left no word'}"
        return Finding(about, what, ok=False, mend=_mend_of_pod(ended, settings))
    return _judged(about, title, said, settings.profile.kind)


def manifest(node: Mapping[str, Any], settings: Settings, *, namespace: str) -> JSON:
    """The pod: a build's, but for the container of the daemon and its volumes alone."""
    spec = build_pod(settings)
    (container,) = [c for c in spec["containers"] if c["name"] == containers.BUILDKITD]
    daemon = container["command"][container["command"].index("--") + 1 :]
    container["command"] = ["python", "-c", inspect.getsource(rootless), *daemon]
    empty = {volume["name"] for volume in spec["volumes"] if "emptyDir" in volume}
    container["volumeMounts"] = [m for m in container["volumeMounts"] if m["name"] in empty]
    used = {mount["name"] for mount in container["volumeMounts"]}
    field = {"key": "metadata.name", "operator": "In", "values": [node["metadata"]["name"]]}
    terms = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    spec |= {
        "containers": [container],
        "volumes": [volume for volume in spec["volumes"] if volume["name"] in used],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}},
        "activeDeadlineSeconds": int(_SECONDS),
    }
    metadata = {
        "generateName": f"preflight-{settings.profile.kind}-",
        "namespace": namespace,
        "labels": dict(pods.LABELS),
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def build_pod(settings: Settings) -> JSON:
    """The spec of a pod that a build would have which uses nothing of its namespace."""
    build = BuildStatus(number=1, attempt=1, job="preflight-1-1")
    resources = policy.resources(None, settings)
    return pod.spec(build, mounted=Mounts(), resources=resources, settings=settings)


def _judged(about: str, title: str, said: JSON, kind: Kind) -> Finding:
    if not said["built"]:
        words = f"{title}: {_telling(said['said'])}".rstrip(".")
        return Finding(about, words, ok=False, mend=_mend_of_build(said["said"]))
    if kind is Kind.USERNS and not said["userNamespace"]:
        words = f"{title}: the runtime gave the pod no user namespace, and did not say so"
        return Finding(about, words, ok=False, mend="containerd from 2.0 on, or CRI-O from 1.25")
    parts = [f"a stage in {said['seconds']} s", said["snapshotter"] or "unknown snapshotter"]
    if said["appArmor"]:
        parts.append(f"AppArmor {said['appArmor']}")
    slow = said["snapshotter"] == "native"
    mend = "the volumes of the node can hold no overlay: each step copies its layers" * slow
    return Finding(about, f"{title}: built {', '.join(parts)}", ok=True, mend=mend)


def _title(profile: Profile) -> str:
    """As ``userns, seccomp imagebuild.json``."""
    words = [str(profile.kind), f"seccomp {profile.seccomp or 'Unconfined'}"]
    if profile.apparmor:
        words.append(f"AppArmor {profile.apparmor}")
    return ", ".join(words)


def _said(log: str) -> JSON | None:
    """What ``rootless`` printed; None where it did not come to that."""
    try:
        found = json.loads(log.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return None
    return found if isinstance(found, dict) else None


def _telling(said: str) -> str:
    """The first line of what daemon and buildctl said that sounds like a reason."""
    lines = said.splitlines() or ["it left no word"]
    return next((_bare(line) for line in lines if re.search(_REASONS, line)), _bare(lines[-1]))


def _bare(line: str) -> str:
    """Without the number of a step and its time."""
    return re.sub(r"^(?:#\d+ )?(?:[\d.]+ )?", "", line.strip())


def _mend_of_build(said: str) -> str:
    """By the rows that explain failed builds; they speak to tenants, who have to ask somebody."""
    for row in (*failures.DAEMON, *failures.BUILD, *failures.STEP):
        if row.mend and re.search(row.pattern, said):
            return row.mend.partition(": ")[2].rstrip(".")
    if "operation not permitted" in said:
        return (
            "the seccomp profile allows too little: take manifests/seccomp/imagebuild.json "
            f"({_SECCOMP_PAGE})"
        )
    return ""


def _mend_of_pod(ended: pods.Ended, settings: Settings) -> str:
    words = f"{ended.reason} {ended.message}"
    if "seccomp" in words and settings.profile.seccomp:
        return (
            f"put {settings.profile.seccomp} under the kubelet's seccomp directory: "
            f"manifests/seccomp does it on every node ({_SECCOMP_PAGE})"
        )
    if "AppArmor" in words or "apparmor" in words:
        return f"load the profile on the node, or unset appArmorProfile ({_SECCOMP_PAGE})"
    if "Image" in words:
        return "push the builder image, or name in `pullSecrets` what it is pulled with"
    return ""
