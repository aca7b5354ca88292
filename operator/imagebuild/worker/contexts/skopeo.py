"""skopeo: what a registry holds under an image's name, and a copy of it.

It reaches registries as ``Workspace.registries_conf`` says, with the credentials of
``Workspace.docker_config``.
"""

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from imagebuild.contract import images
from imagebuild.worker import child
from imagebuild.worker.contexts import refusal
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

_KEPT_LINES = 20
# Of --debug, which says nothing of why it failed.
_DEBUG = re.compile(r"^time=\S+ level=debug msg=")
_FATAL = re.compile(r'\blevel=(?:fatal|error) msg=(?P<text>"(?:[^"\\]|\\.)*")')
_DENIED = re.compile(
    r"\b40[13]\b|unauthorized|denied|forbidden|authentication required|insufficient_scope|"
    r"invalid username/password|no basic auth",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"\b404\b|manifest unknown|name unknown|not found|does not exist|invalid reference format|"
    r"repository name not known",
    re.IGNORECASE,
)


def manifest(image: str, *, to: Path, workspace: Workspace, limits: Limits) -> bytes:
    """The image's manifest, or index, as it is, by the new file ``to``.

    Raises FailedError, as ``copy``.
    """
    source = f"docker://{image}"
    _read("inspect", "--raw", source, image=image, kept=to, workspace=workspace, limits=limits)
    return to.read_bytes()


def copy(image: str, *, to: Path, workspace: Workspace, limits: Limits) -> None:
    """Copies manifest and blobs into a new directory, each in a file that its digest names.

    Raises FailedError: "ImageNotFound: ...", "RegistryAuth: ..." or "RegistryUnreachable: ...".
    """
    arguments = ("copy", "--quiet", f"docker://{image}", f"dir:{to}")
    _read(*arguments, image=image, workspace=workspace, limits=limits)


def tags(image: str, *, to: Path, workspace: Workspace, limits: Limits) -> tuple[str, ...]:
    """The tags of a repository, by the new file ``to``; raises FailedError, as ``copy``."""
    source = f"docker://{image}"
    _read("list-tags", source, image=image, kept=to, workspace=workspace, limits=limits)
    return tuple(map(str, json.loads(to.read_bytes())["Tags"]))


def run(
    *arguments: str,
    workspace: Workspace,
    limits: Limits,
    kept: Path | None = None,
    hear: Callable[[str], None] = lambda _line: None,
) -> str | None:
    """Runs it; why it failed, in its own words, None where it did not.

    The first of the arguments is its command. ``kept`` is a new file for what it writes to stdout,
    ``hear`` hears every other line. Raises what the limits raise.
    """
    output: deque[str] = deque(maxlen=_KEPT_LINES)

    def take(line: str) -> None:
        hear(line)
        if not _DEBUG.match(line):
            output.append(line)

    code = child.run(
        _command(*arguments, workspace=workspace),
        environment=workspace.environment,
        limits=limits,
        listener=child.Listener(output=take, kept=kept),
    )
    return _said("\n".join(output)) if code else None


def _read(
    *arguments: str, image: str, workspace: Workspace, limits: Limits, kept: Path | None = None
) -> None:
    words = run(*arguments, workspace=workspace, limits=limits, kept=kept)
    if words is not None:
        raise _failed(image, words)


def _command(verb: str, *rest: str, workspace: Workspace) -> list[str]:
    credentials = workspace.docker_config / "config.json"
    authfile = [f"--authfile={credentials}"] if credentials.exists() else []
    # Nothing here says whose signatures to ask for, and a file that did may be missing.
    settings = ["--insecure-policy", f"--tmpdir={workspace.downloads}"]
    if workspace.registries_conf is not None:
        # The variable that other programs know for it means nothing to this one.
        settings.append(f"--registries-conf={workspace.registries_conf}")
    return [workspace.skopeo, *settings, verb, *authfile, *rest]


def _said(output: str) -> str:
    """Why it failed, out of what it wrote."""
    fatal = _FATAL.search(output)
    return str(json.loads(fatal["text"], strict=False)) if fatal else output.strip()


def telling(words: str, image: str) -> str:
    """Words without the image's name, which may hold any."""
    words = words.replace(image, "")
    for name in re.split("[:@/]", image):
        words = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", "", words)
    return words


def _failed(image: str, words: str) -> FailedError:
    """By the registry's words."""
    told = telling(words, image)
    word = "RegistryUnreachable"
    if _DENIED.search(told):
        word = "RegistryAuth"
    elif _ABSENT.search(told):
        word = "ImageNotFound"
    failed = refusal.of(word, f"{image}: {words}").failure
    return FailedError(replace(failed, registry=images.host(image)))
