"""The authorities whose certificates are trusted: the system's own, and those of a build.

Programs know one file of them (OpenSSL, git) or several (Go); so all of them are put into one.
"""

from collections.abc import Sequence
from pathlib import Path

from imagebuild.contract.report import Cause, Failure
from imagebuild.worker.failure import FailedError

# Source: Debian's ca-certificates; Go, git's libcurl and OpenSSL look there.
SYSTEM = Path("/etc/ssl/certs/ca-certificates.crt")
_PRIVATE = "PRIVATE KEY-----"


def write(files: Sequence[str | Path], to: Path, *, system: Path = SYSTEM) -> None:
    """Writes the file ``to`` of the system's certificates and those in the files.

    Raises FailedError ("CredentialInvalid: ...") for a file that holds none. Without its ending
    its name is that of the entry in spec.caCertificates or in the operator's settings.
    """
    texts = [system.read_text(encoding="utf-8")] if system.exists() else []
    texts += (_certificates(Path(file)) for file in files)
    to.write_text("\n".join(texts), encoding="utf-8")


def add(directory: Path, *, to: Path = SYSTEM) -> None:
    """Adds what lies in a directory to the system's own file, which must be writable.

    For programs that nobody can tell of another: BuildKit calls git with an environment of its
    own. What holds no certificate is left out here: the worker says so.
    """
    for file in sorted(directory.glob("*.crt")):
        try:
            text = _certificates(file)
        except FailedError:
            continue
        with to.open("a", encoding="utf-8") as bundle:
            bundle.write(f"\n{text}\n")


def _certificates(file: Path) -> str:
    import ssl  # noqa: PLC0415 - most builds need none of it, and the worker's start is waited for

    try:
        text = file.read_text(encoding="utf-8")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (OSError, ValueError) as error:
        raise _invalid(file, f"it holds no certificate in PEM ({error})") from None
    if _PRIVATE in text:
        raise _invalid(file, "it holds a private key, which must not be mounted here")
    return text


def _invalid(file: Path, why: str) -> FailedError:
    words = f"CredentialInvalid: certificate {file.stem}: {why}"
    return FailedError(Failure(Cause.CONTEXT, words))
