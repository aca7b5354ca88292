"""What hinders an image from being published: a secret in it, and registries as skopeo quotes them.

Said by our own worker, and by skopeo 1.18.
"""

from imagebuild.api.reasons import Reason
from imagebuild.core.failures.row import Row, said

TABLE: tuple[Row, ...] = (
    said(
        "Leak",
        r", from the base image [^`]+$",
        Reason.SECRET_LEAKED,
        mend="No step of this build wrote it: build that image again without the secret, or stand "
        "on another one, and give out a new secret, since whoever may pull the image has this one "
        "(docs/how-to/secrets.md).",
    ),
    said("Leak", r"", Reason.SECRET_LEAKED),
    said("Push", r"^TagImmutable: ", Reason.TAG_IMMUTABLE),
    said(
        "Push",
        r"(?:authentication required|invalid username/password)(?:$|[:;])|StatusCode: 40[13]\b|"
        r"requested access to the resource is denied",
        Reason.PUSH_DENIED,
    ),
    said("Push", r"StatusCode: 429\b", Reason.RATE_LIMITED),
    said("Push", r"StatusCode: 5\d\d\b", Reason.REGISTRY_UNREACHABLE),
)
