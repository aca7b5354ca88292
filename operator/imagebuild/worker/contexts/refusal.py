"""Why a context could not be brought: a FailedError whose text begins with a word of its own.

What the spec asks for that never can be:

- ``UrlRefused``, ``PathRefused``, ``HostRefused``: a URL that no program may be given, a path
  that leaves its place, a link-local host

What there is not, or is not what was asked for:

- ``RefNotFound``, ``CommitNotFound``, ``CommitNotOnRef``, ``PathNotFound``, ``ImageNotFound``
- ``ChecksumMismatch``: a download is another than the one that was asked for
- ``CredentialInvalid``, ``GitAuth``: what it is signed in with is none, or none that is taken
- ``ContextInvalid``: it can't be unpacked, or read in the form that it says it has
- ``TooLarge``: it holds more than one context may

What may be better later:

- ``Unreachable`` (git), ``DownloadFailed``, ``RegistryUnreachable``, ``RegistryAuth``
- ``ContextUnreadable``: it can't be read or written here, a full disk say, in the system's words
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from imagebuild.contract.order import MAIN_CONTEXT, Context
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker.failure import FailedError


def of(word: str, rest: str, *, field: str | None = None) -> FailedError:
    """The failure, to be raised; ``field`` is that of the context to look at, as ``.git.ref``."""
    return FailedError(Failure(Cause.CONTEXT, f"{word}: {rest}", path=field))


def called(name: str) -> str:
    """A context as people call it, by its name."""
    return "the context" if name == MAIN_CONTEXT else f"context {name}"


@contextlib.contextmanager
def at(field: str, *, word: str = "") -> Iterator[None]:
    """Has a failure be that of this field, unless it says of which, or begins with another word."""
    try:
        yield
    except FailedError as error:
        if error.failure.path is not None or not error.failure.error.startswith(word):
            raise
        raise FailedError(replace(error.failure, path=field)) from None


@contextlib.contextmanager
def about(what: str) -> Iterator[None]:
    """Has the words of a failure say what they are about."""
    try:
        yield
    except FailedError as error:
        word, _, rest = error.failure.error.partition(": ")
        words = f"{word}: {what}: {rest}"
        raise FailedError(replace(error.failure, error=words)) from None


@contextlib.contextmanager
def within(context: Context) -> Iterator[None]:
    """Has a failure say of which context it is, and where in the spec that stands.

    One that is not of the worker's own words, BuildKit's say, keeps them.
    """
    try:
        with at(_kind(context)):
            yield
    except FailedError as error:
        place = f"{context.path}{error.failure.path}" if context.path else None
        placed = FailedError(replace(error.failure, path=place))
        if placed.failure.cause is not Cause.CONTEXT:
            raise placed from None
        with about(called(context.name)):
            raise placed from None


def _kind(context: Context) -> str:
    """The field that says where the context comes from, empty for one of nothing."""
    kinds = {
        ".git": context.git,
        ".files": context.files,
        ".configMap": context.directory,
        ".persistentVolumeClaim": context.volume,
        ".flux" if context.http and context.http.flux else ".http": context.http,
        ".oci": context.oci,
        ".imageBuild": context.image,
    }
    return next((kind for kind, source in kinds.items() if source is not None), "")
