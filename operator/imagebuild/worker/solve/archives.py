"""Images as files: each is written under another name, and takes its own once it is whole."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from imagebuild.contract.order import Order
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker.failure import FailedError


def unfinished(order: Order, archive: str) -> Path:
    """The file that an archive is written to at first, beside its own: hidden and short-named.

    It is the same for each attempt, so that what one that was killed left behind is overwritten.
    """
    whole = f"{order.namespace}/{order.name}/{archive}"
    name = hashlib.sha256(whole.encode()).hexdigest()[:16]
    return Path(archive).with_name(f".imagebuild-{name}.part")


def prepare(order: Order) -> None:
    """Makes the directories of all archives, and tries whether they can be written to.

    So no build runs for nothing. Raises FailedError with Cause.ARCHIVE and the system's words.
    """
    for target in order.targets:
        if target.archive is not None:
            with named(target.archive):
                file = unfinished(order, target.archive)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(b"")
                file.unlink()


@contextlib.contextmanager
def written(order: Order, archive: str | None) -> Iterator[Path | None]:
    """Where to write an archive, None for none; it takes its name unless the block raises.

    Raises FailedError with Cause.ARCHIVE and the system's words.
    """
    if archive is None:
        yield None
        return
    file = unfinished(order, archive)
    try:
        yield file
        with named(archive):
            os.replace(file, archive)  # noqa: PTH105 - onto what is there
    finally:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


@contextlib.contextmanager
def named(archive: str) -> Iterator[None]:
    """Makes a failure of what the system says of an archive."""
    try:
        yield
    except OSError as error:
        words = f"{archive}: {error.filename or 'it'}: {error.strerror or error}"
        raise FailedError(Failure(Cause.ARCHIVE, words)) from None
