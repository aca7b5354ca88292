"""Whether the cluster's network plugin enforces NetworkPolicy: tried, since no object says it.

One pod listens and two try to connect to it: one that no policy selects, and one that a policy
forbids to reach anything. A plugin that enforces none takes the
policy all the same.
"""

import inspect
import time
from collections.abc import Sequence

from imagebuild.cli.preflight import pods, reach
from imagebuild.cli.preflight.apiserver import JSON, ApiServer, RefusedError
from imagebuild.cli.preflight.finding import Finding
from imagebuild.core.attempt.pod import restricted

ABOUT = "cluster"
PAGE = "docs/how-to/build-namespaces.md"

_SECONDS = 90.0
_EVERY_SECONDS = 0.5
_POLICY = "preflight-denied"
_DENIED = {"imagebuild.dev/preflight": "denied"}


def findings(api: ApiServer, *, namespace: str, image: str) -> Sequence[Finding]:
    """One finding: enforced, not enforced, or that it could not be told.

    ``namespace``: where pods and policy are made, one without policies of its own. ``image``: one
    with Python in it, that any node can pull. Takes 10 to 60 s.
    """
    policies = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies"
    try:
        api.create(policies, _policy())
    except RefusedError as refused:
        return (_unknown(str(refused)),)
    try:
        return (_tried(api, namespace, image),)
    except RefusedError as refused:
        return (_unknown(str(refused)),)
    finally:
        api.delete(f"/api/v1/namespaces/{namespace}/pods/server")
        api.delete(f"{policies}/{_POLICY}")


def _tried(api: ApiServer, namespace: str, image: str) -> Finding:
    server = _pod("server", namespace, image, "serve")
    place = f"/api/v1/namespaces/{namespace}/pods"
    api.create(place, server)
    place = f"{place}/server"
    found = _running(api, place)
    if found is None:
        return _unknown(f"the pod that listens did not run within {_SECONDS:.0f} s")
    ended = pods.run(api, _client("free", found, "open"), seconds=_SECONDS)
    if ended.exit_code != 0:
        return _unknown(f"a pod that no policy selects reached no other pod{_words(ended)}")
    denied = _client("denied", found, "closed")
    denied["metadata"]["labels"] |= _DENIED
    ended = pods.run(api, denied, seconds=_SECONDS)
    if not _runs(api.get(place)):
        return _unknown("the pod that listens ended too early")
    return _judged(ended)


def _judged(denied: pods.Ended) -> Finding:
    if denied.exit_code == 0:
        return Finding(ABOUT, "the network plugin enforces NetworkPolicy", ok=True)
    if denied.exit_code != reach.NOT_SO:
        return _unknown(f"the pod that a policy forbids to connect did not try{_words(denied)}")
    return Finding(
        ABOUT,
        "the network plugin does not enforce NetworkPolicy: a pod reached another in spite of a "
        "policy that forbids it",
        ok=False,
        mend="use a plugin that enforces it, or build only what may reach all that a pod of the "
        f"cluster reaches, the cloud's metadata among it ({PAGE})",
    )


def _unknown(why: str) -> Finding:
    what = f"whether the network plugin enforces NetworkPolicy could not be told: {why}"
    return Finding(ABOUT, what.rstrip("."), ok=None)


def _words(ended: pods.Ended) -> str:
    said = " ".join(word for word in (ended.reason, ended.message, ended.log.strip()) if word)
    return f": {said}" if said else ""


def _running(api: ApiServer, place: str) -> JSON | None:
    """A pod once it runs; None where it does not in time."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        if _runs(found := api.get(place)):
            return found
        time.sleep(_EVERY_SECONDS)
    return None


def _runs(pod: JSON) -> bool:
    status = pod.get("status", {})
    return status.get("phase") == "Running" and bool(status.get("podIP"))


def _policy() -> JSON:
    """No way out, for pods with the label."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": _POLICY},
        "spec": {"podSelector": {"matchLabels": _DENIED}, "policyTypes": ["Egress"]},
    }


def _client(name: str, server: JSON, state: str) -> JSON:
    """A pod that tries to reach the server, on its node: what one reaches so does the other."""
    spec = server["spec"]
    (container,) = spec["containers"]
    arguments = ("reach", server["status"]["podIP"], state)
    client = _pod(name, server["metadata"]["namespace"], container["image"], *arguments)
    client["spec"]["nodeName"] = spec["nodeName"]
    return client


def _pod(name: str, namespace: str, image: str, *arguments: str) -> JSON:
    """A pod that meets ``restricted`` and runs the program of ``reach``."""
    container = {
        "name": "probe",
        "image": image,
        "command": ["python", "-c", inspect.getsource(reach), *arguments],
        "resources": {
            "requests": {"cpu": "10m", "memory": "32Mi"},
            "limits": {"cpu": "1", "memory": "64Mi"},
        },
        "securityContext": {**restricted(), "runAsNonRoot": True, "runAsUser": 65532},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(pods.LABELS)},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 0,
            "activeDeadlineSeconds": int(reach.SERVE_SECONDS),
            "containers": [container],
        },
    }
