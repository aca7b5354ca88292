"""What an administrator's rules, which the order holds, say of one build: it may go on or not.

Raises FailedError with Cause.POLICY: "PolicyDenied: ...".
"""

from imagebuild.contract import images, protected
from imagebuild.contract.order import MAIN_CONTEXT, Context, Order
from imagebuild.contract.report import Cause, Failure
from imagebuild.contract.source import Source
from imagebuild.worker.contexts import refusal
from imagebuild.worker.failure import FailedError


def require_source(order: Order, context: Context) -> None:
    """Whether the image that a context is may be pulled; BuildKit looks at all others itself."""
    image = context.oci or context.image
    if image is None or not order.pull_from or images.matches(order.pull_from, image):
        return
    name, allowed = images.whole(image), _listed(order.pull_from)
    words = f"{refusal.called(context.name)}: {name} may not be pulled; allowed: {allowed}"
    field = ".oci.image" if context.oci else ".imageBuild"
    raise _denied(words, path=f"{context.path}{field}" if context.path else None)


def require_ref(order: Order, source: Source | None) -> None:
    """Whether the main context's commit is one for which secrets may be used.

    ``source`` is what it resolved to. A commit that was asked for without a ref is known by its
    tag alone.
    """
    if not order.secrets_on or not (order.secrets or order.ssh):
        return
    refs = _refs(source) if source else ()
    main = next((c for c in order.contexts if c.name == MAIN_CONTEXT), None)
    url = main.git.url if main and main.git else ""
    if protected.allows(order.secrets_on, url, refs):
        return
    of = f"{_described(source, refs)}{f' in {url}' if url else ''}"
    raise _denied(
        f"secrets may be used for commits on {_listed(order.secrets_on)} only, and this build is "
        f"of {of}",
        path=(main.path if main else None) or None,
    )


def _refs(source: Source) -> tuple[str, ...]:
    if not source.commit:
        return ()
    branch = [f"refs/heads/{source.branch}"] if source.branch else []
    return (*branch, *([f"refs/tags/{source.tag}"] if source.tag else []))


def _described(source: Source | None, refs: tuple[str, ...]) -> str:
    if source is None or not source.commit:
        return "no commit in git"
    if not refs:
        asked = f"the ref {source.ref}" if source.ref else "no ref: name it beside the commit"
        return f"commit {source.commit}, on {asked}"
    return f"commit {source.commit}, on {' and '.join(refs)}"


def _listed(patterns: tuple[str, ...]) -> str:
    return ", ".join(patterns)


def _denied(words: str, *, path: str | None) -> FailedError:
    return FailedError(Failure(Cause.POLICY, f"PolicyDenied: {words}", path=path))
