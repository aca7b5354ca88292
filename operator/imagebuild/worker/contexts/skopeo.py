"""skopeo: what a registry holds under an image's name, and a copy of it.

It reaches registries as ``Workspace.registries_conf`` says, with the credentials of
``Workspace.docker_config``.
"""

import json
import re
from collections import deque
from dataclasses import replace
from pathlib import Path

from imagebuild.contract import images
from imagebuild.worker import child
from imagebuild.worker.contexts import refusal
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

_KEPT_LINES = 20
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
    arguments = ("inspect", "--raw", f"docker://{image}")
    _run(arguments, image=image, kept=to, workspace=workspace, limits=limits)
    return to.read_bytes()


def copy(image: str, *, to: Path, workspace: Workspace, limits: Limits) -> None:
    """Copies manifest and blobs into a new directory, each in a file that its digest names.

    Raises FailedError: "ImageNotFound: ...", "RegistryAuth: ..." or "RegistryUnreachable: ...".
    """
    arguments = ("copy", "--quiet", f"docker://{image}", f"dir:{to}")
    _run(arguments, image=image, kept=None, workspace=workspace, limits=limits)


def tags(image: str, *, to: Path, workspace: Workspace, limits: Limits) -> tuple[str, ...]:
    """The tags of a repository, by the new file ``to``; raises FailedError, as ``copy``."""
    arguments = ("list-tags", f"docker://{image}")
    _run(arguments, image=image, kept=to, workspace=workspace, limits=limits)
    return tuple(map(str, json.loads(to.read_bytes())["Tags"]))


def _run(
    arguments: tuple[str, ...],
    *,
    image: str,
    kept: Path | None,
    workspace: Workspace,
    limits: Limits,
) -> None:
    output: deque[str] = deque(maxlen=_KEPT_LINES)
    code = child.run(
        command(*arguments, workspace=workspace),
        environment=workspace.environment,
        limits=limits,
        listener=child.Listener(output=output.append, kept=kept),
    )
    if code:
        raise _failed(image, "\n".join(output))


def command(*arguments: str, workspace: Workspace) -> list[str]:
    """The argv of skopeo; the first of the arguments is its command."""
    verb, *rest = arguments
    credentials = workspace.docker_config / "config.json"
    authfile = [f"--authfile={credentials}"] if credentials.exists() else []
    # Nothing here says whose signatures to ask for, and a file that did may be missing.
    settings = ["--insecure-policy", f"--tmpdir={workspace.downloads}"]
    if workspace.registries_conf is not None:
        # The variable that other programs know for it means nothing to this one.
        settings.append(f"--registries-conf={workspace.registries_conf}")
    return [workspace.skopeo, *settings, verb, *authfile, *rest]


def said(output: str) -> str:
    """Why it failed, out of what it wrote."""
    fatal = _FATAL.search(output)
    return str(json.loads(fatal["text"], strict=False)) if fatal else output.strip()


def telling(words: str, image: str) -> str:
    """Words without the image's name, which may hold any."""
    words = words.replace(image, "")
    for name in re.split("[:@/]", image):
        words = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", "", words)
    return words


def _failed(image: str, output: str) -> FailedError:
    """By the registry's words."""
    words = said(output)
    told = telling(words, image)
    word = "RegistryUnreachable"
    if _DENIED.search(told):
        word = "RegistryAuth"
    elif _ABSENT.search(told):
        word = "ImageNotFound"
    failed = refusal.of(word, f"{image}: {words}").failure
    return FailedError(replace(failed, registry=images.host(image)))
