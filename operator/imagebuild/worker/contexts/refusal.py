"""Why a context could not be brought: a FailedError whose text begins with a word of its own.

What the spec asks for that never can be:

- ``UrlRefused``, ``PathRefused``, ``HostRefused``: a URL that no program may be given, a path
  that leaves its place, a link-local host

What there is not, or is not what was asked for:

- ``RefNotFound``, ``CommitNotFound``, ``CommitNotOnRef``, ``PathNotFound``, ``ImageNotFound``
- ``ChecksumMismatch``: a download is another than the one that was asked for
- ``ContextInvalid``: it can't be unpacked, or read in the form that it says it has
- ``TooLarge``: it holds more than one context may

What may be better later:

- ``Unreachable`` (git), ``DownloadFailed``, ``RegistryUnreachable``, ``RegistryAuth``
- ``ContextUnreadable``: it can't be read or written here, a full disk say, in the system's words
"""

from imagebuild.contract.report import Cause, Failure
from imagebuild.worker.failure import FailedError


def of(word: str, rest: str) -> FailedError:
    """The failure, to be raised."""
    return FailedError(Failure(Cause.CONTEXT, f"{word}: {rest}"))
