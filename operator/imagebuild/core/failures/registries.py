"""What BuildKit says of a registry that it pulls from, pushes to or keeps a cache in.

Said by BuildKit 0.34, which quotes the registry: its status and, but for HEAD, its own words.
"""

from imagebuild.api.reasons import Reason
from imagebuild.core.failures import words
from imagebuild.core.failures.row import Row, said

_SPEAKS_HTTP = (
    "It speaks plain HTTP: ask the cluster's administrator to set `http: true` for it in the "
    "operator's setting `registries`, host and port as in the image's name."
)
_NAME_FIRST = (
    "Check the name first, since registries say this of an image that is not there too. For a "
    "private one add a Secret of type kubernetes.io/dockerconfigjson with the registry's host to "
    "spec.registrySecrets."
)
_HALF_AN_IMAGE = (
    "The registry knows the image, but lost a part of it: push it again, or take another tag or "
    "registry."
)
_ITS_DISK = (
    "The registry's own disk is full, not the build's: ask whoever runs it for room, then "
    "request a build."
)
# Of what BuildKit does at a registry; without these a text may be about anything.
_PULLING = (
    r"failed to (?:resolve source metadata|authorize|fetch (?:anonymous|oauth) token|do request|"
    r"copy)\b.*"
)
_CACHING = r"error writing (?:layer|manifest|config) blob\b.*"
_AT_REGISTRY = f"(?:{_PULLING}|{_CACHING})"
_ANSWERED = r"unexpected status from \w+ request to .*: \d{3} .*"

# What stands after a registry's status are its own words, of its own disk.
FULL: tuple[Row, ...] = (
    # Of the program that hands credentials over (worker/keychain.py).
    said("Solve Push", r"CredentialInvalid: registry secret ", Reason.CREDENTIAL_INVALID),
    said("Push", rf"{_ANSWERED}{words.FULL}", Reason.PUSH_FAILED, mend=_ITS_DISK),
    said("Solve", rf"{_ANSWERED}{words.FULL}", Reason.REGISTRY_UNREACHABLE, mend=_ITS_DISK),
)
PUSH: tuple[Row, ...] = (
    said("Push", words.TOO_MANY, Reason.RATE_LIMITED),
    said("Push", words.PLAIN, Reason.REGISTRY_TLS, mend=_SPEAKS_HTTP),
    said("Push", words.UNTRUSTED, Reason.REGISTRY_TLS),
    said("Push", words.DENIED, Reason.PUSH_DENIED),
    said("Push", words.UNRESOLVED, Reason.NAME_NOT_RESOLVED),
    said("Push", words.NOT_THERE, Reason.REGISTRY_UNREACHABLE),
    said("Push", r"", Reason.PUSH_FAILED),
)
PULL: tuple[Row, ...] = (
    said("Solve", words.TOO_MANY, Reason.RATE_LIMITED),
    said("Solve", f"{_AT_REGISTRY}{words.PLAIN}", Reason.REGISTRY_TLS, mend=_SPEAKS_HTTP),
    said("Solve", f"{_AT_REGISTRY}{words.UNTRUSTED}", Reason.REGISTRY_TLS),
    said(
        "Solve",
        r"pull access denied, repository does not exist or may require authorization",
        Reason.REGISTRY_AUTH,
        mend=_NAME_FIRST,
    ),
    said("Solve", f"{_AT_REGISTRY}{words.DENIED}", Reason.REGISTRY_AUTH),
    said("Solve", f"{_AT_REGISTRY}{words.UNRESOLVED}", Reason.NAME_NOT_RESOLVED),
    said("Solve", r"no match for platform in manifest", Reason.PLATFORM_MISMATCH),
    said(
        "Solve", r"failed to resolve source metadata for .*(?i:not found)", Reason.IMAGE_NOT_FOUND
    ),
    said(
        "Solve",
        r"could not fetch content descriptor .* from remote: not found|"
        r"failed to copy: httpReadSeeker: .*(?i:not found)",
        Reason.IMAGE_NOT_FOUND,
        mend=_HALF_AN_IMAGE,
    ),
    said("Solve", r"invalid reference format", Reason.IMAGE_NOT_FOUND),
    said("Solve", f"{_AT_REGISTRY}{words.NOT_THERE}", Reason.REGISTRY_UNREACHABLE),
    # A request that had no answer, for none of the reasons above.
    said("Solve", r"failed to do request: ", Reason.REGISTRY_UNREACHABLE),
    said(
        "Solve",
        r"short read: expected \d+ bytes|failed to extract layer .*: unexpected EOF",
        Reason.REGISTRY_UNREACHABLE,
    ),
)
