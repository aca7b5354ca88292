"""What a namespace lets in: its Pod Security level, and whether it takes a build's pod."""

from collections.abc import Iterator
from http import HTTPStatus

from imagebuild.cli.preflight import probe
from imagebuild.cli.preflight.apiserver import ApiServer, RefusedError
from imagebuild.cli.preflight.finding import Finding
from imagebuild.core.settings import Settings

_LABEL = "pod-security.kubernetes.io/enforce"
_PAGE = "docs/how-to/run-under-pod-security.md"


def findings(api: ApiServer, namespace: str, settings: Settings) -> Iterator[Finding]:
    """``settings``: those of this namespace. The pod is only looked at, none is made."""
    about = f"namespace {namespace}"
    try:
        labels = api.get(f"/api/v1/namespaces/{namespace}")["metadata"].get("labels") or {}
    except RefusedError as refused:
        yield Finding(about, str(refused), ok=False if _missing(refused) else None)
        if _missing(refused):
            return
    else:
        version = labels.get(f"{_LABEL}-version", "latest")
        level = labels.get(_LABEL)
        words = (
            f"enforces Pod Security {level}, version {version}" if level else "enforces no level"
        )
        yield Finding(about, words, ok=None)
    yield _tried(api, namespace, settings)


def _tried(api: ApiServer, namespace: str, settings: Settings) -> Finding:
    about = f"namespace {namespace}"
    metadata = {"generateName": "preflight-", "namespace": namespace}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
    pod |= {"spec": probe.build_pod(settings)}
    try:
        api.create(f"/api/v1/namespaces/{namespace}/pods", pod, dryRun="All")
    except RefusedError as refused:
        if "cannot create resource" in str(refused):
            words = f"whether it takes a build's pod could not be tried: {refused}"
            mend = "run this as somebody who may create pods there; nothing is created"
            return Finding(about, words, ok=None, mend=mend)
        return Finding(about, f"refuses a build's pod: {refused}", ok=False, mend=_mend(settings))
    return Finding(about, "takes a build's pod", ok=True)


def _mend(settings: Settings) -> str:
    if settings.profile.seccomp is None:
        return (
            "set `seccompProfile`, with which `baseline` takes it, or label the namespace "
            f"{_LABEL}=privileged ({_PAGE})"
        )
    return f"no setting makes builds fit `restricted`: build in a namespace of their own ({_PAGE})"


def _missing(refused: RefusedError) -> bool:
    return refused.status == HTTPStatus.NOT_FOUND
