"""What the worker says of a context, and BuildKit of what it fetches for ``add``.

The worker's words begin with one of its own (worker/contexts/refusal.py); git's are those of 2.39.
"""

from imagebuild.api.reasons import Reason
from imagebuild.core.failures import words
from imagebuild.core.failures.row import Row, said

_TRUST = (
    "The server's certificate is by an authority that is not known, of another name, or expired: "
    "the message says which. Name its authority's certificate in spec.caCertificates, or give the "
    "server one that can be checked."
)
_A_CONTEXT = (
    "What `add` names BuildKit fetches, which has no credentials for it: make the repository a "
    "context with `git.secretRef`, and copy from that."
)
_TRUSTLESS = f"(?:{words.UNTRUSTED}|{words.PLAIN})"
# Of a server that is no registry, whoever asks it: our own requests, git's, or BuildKit's.
_TOO_MANY = rf"(?:{words.TOO_MANY}|(?i:response status 429|http 429|returned error: 429))"
_LEAVE_ALONE = (
    "Wait a while, then request a build; or name another address that has the same, one of your "
    "own say. Credentials for registries change nothing at this server."
)
_AN_ERRORS_PAGE = (
    "Open the address first: where the server answers with an error, BuildKit takes that page for "
    "the file. If it is the file, find out why it changed; then correct the sum, or the address."
)
# The worker's words, who asked the server again (worker/mistaken.py).
_MISTAKEN = "; BuildKit took that answer for the file"
_FETCHED = r"^(?:Unreachable|DownloadFailed|RegistryUnreachable|RegistryAuth|ImageNotFound): "

CONTEXT: tuple[Row, ...] = (
    said("Context", r"^(?:UrlRefused|PathRefused|HostRefused|FactInvalid): ", Reason.INVALID_SPEC),
    said("Context", r"^RefNotFound: ", Reason.REF_NOT_FOUND),
    said("Context", r"^CommitNotFound: ", Reason.COMMIT_NOT_FOUND),
    said("Context", r"^CommitNotOnRef: ", Reason.COMMIT_NOT_ON_REF),
    said("Context", r"^PathNotFound: ", Reason.PATH_NOT_FOUND),
    said("Context", r"^TooLarge: ", Reason.CONTEXT_TOO_LARGE),
    said("Context", r"^ChecksumMismatch: ", Reason.CHECKSUM_MISMATCH),
    said("Context", r"^ContextInvalid: ", Reason.CONTEXT_INVALID),
    said("Context", r"^DockerfileNotFound: ", Reason.DOCKERFILE_NOT_FOUND),
    said(
        "Context",
        r"^CredentialInvalid: registry secret ",
        Reason.CREDENTIAL_INVALID,
        mend=(
            "The message names the Secret, an entry of spec.registrySecrets or of the operator's "
            "setting of that name: make it one of type kubernetes.io/dockerconfigjson."
        ),
    ),
    said(
        "Context",
        r"^CredentialInvalid: certificate ",
        Reason.CREDENTIAL_INVALID,
        mend=(
            "The message names the entry of spec.caCertificates, or of the operator's setting of "
            "that name: let it be an authority's certificate in PEM."
        ),
    ),
    said("Context", r"^CredentialInvalid: ", Reason.CREDENTIAL_INVALID),
    said(
        "Context",
        r"^GitAuth: .*Host key verification failed",
        Reason.GIT_AUTH,
        mend=(
            "Let `known_hosts` of the Secret hold the server's public key, for its name as the "
            "address has it: compare the key that the message shows with what the server's "
            "operator publishes, then request a build."
        ),
    ),
    said("Context", r"^GitAuth: ", Reason.GIT_AUTH),
    said(
        "Context",
        rf"^(?:Unreachable|DownloadFailed): .*{_TOO_MANY}",
        Reason.RATE_LIMITED,
        mend=_LEAVE_ALONE,
    ),
    said("Context", rf"{_FETCHED}.*{words.TOO_MANY}", Reason.RATE_LIMITED),
    said("Context", rf"{_FETCHED}.*(?:{words.UNRESOLVED})", Reason.NAME_NOT_RESOLVED),
    said("Context", rf"^RegistryUnreachable: .*(?:{_TRUSTLESS})", Reason.REGISTRY_TLS),
    said("Context", rf"^Unreachable: .*(?:{_TRUSTLESS})", Reason.GIT_UNREACHABLE, mend=_TRUST),
    said("Context", rf"^DownloadFailed: .*(?:{_TRUSTLESS})", Reason.DOWNLOAD_FAILED, mend=_TRUST),
    said("Context", r"^Unreachable: ", Reason.GIT_UNREACHABLE),
    said("Context", r"^DownloadFailed: ", Reason.DOWNLOAD_FAILED),
    said("Context", r"^ImageNotFound: ", Reason.IMAGE_NOT_FOUND),
    said("Context", r"^RegistryAuth: ", Reason.REGISTRY_AUTH),
    said("Context", r"^RegistryUnreachable: ", Reason.REGISTRY_UNREACHABLE),
    # Only files of a user's volume can be of others: all else was written by the worker.
    said(
        "Context",
        r"^ContextUnreadable: [^\n]*Permission denied",
        Reason.CONTEXT_INVALID,
        mend=(
            "Let group 1000 read all files of the volume that the build takes, or leave them out "
            "by `subPath` and `ignore`."
        ),
    ),
    said("Context", r"^ContextUnreadable: ", Reason.INTERNAL_ERROR),
)
FETCHED: tuple[Row, ...] = (
    said(
        "Solve",
        rf"failed to fetch remote .*{_TOO_MANY}|response status 429|: HTTP 429\b.*{_MISTAKEN}",
        Reason.RATE_LIMITED,
        mend=_LEAVE_ALONE,
    ),
    said("Solve", rf": HTTP \d{{3}}\b.*{_MISTAKEN}", Reason.DOWNLOAD_FAILED),
    said(
        "Solve",
        r"digest mismatch|expected checksum to match",
        Reason.CHECKSUM_MISMATCH,
        mend=_AN_ERRORS_PAGE,
    ),
    said("Solve", r"repository does not contain ref", Reason.REF_NOT_FOUND),
    said("Solve", r"git subpath .* contains non-directory", Reason.PATH_NOT_FOUND),
    said(
        "Solve",
        rf"failed to fetch remote .*(?:{words.UNRESOLVED})|"
        rf"(?:^|failed to solve: |load cache key: )(?:Get|Head) \".*(?:{words.UNRESOLVED})",
        Reason.NAME_NOT_RESOLVED,
    ),
    said(
        "Solve",
        r"failed to fetch remote .*(?:could not read Username|Authentication failed)",
        Reason.GIT_AUTH,
        mend=_A_CONTEXT,
    ),
    said(
        "Solve",
        rf"failed to fetch remote .*(?:{_TRUSTLESS})",
        Reason.GIT_UNREACHABLE,
        mend=_TRUST,
    ),
    said("Solve", r"failed to fetch remote", Reason.GIT_UNREACHABLE),
    said(
        "Solve",
        rf"load cache key: (?:Get|Head) \".*(?:{_TRUSTLESS})",
        Reason.DOWNLOAD_FAILED,
        mend=_TRUST,
    ),
    said(
        "Solve",
        r"invalid response status|(?:^|failed to solve: |load cache key: )(?:Get|Head) \"",
        Reason.DOWNLOAD_FAILED,
    ),
)
