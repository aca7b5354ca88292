"""What images and stages are called by.

Source: https://pkg.go.dev/github.com/distribution/reference, which BuildKit reads all these names
with: those of stages and contexts too.
"""

from imagebuild.api.rules.rule import matches

PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
REPOSITORY = rf"{PART}(/{PART})*"
TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
DIGEST = r"sha256:[0-9a-f]{64}"
# What makes the first part of a name a registry's host: a dot, a port, or being localhost.
HOST = (
    r"(localhost(:[0-9]{1,5})?|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:[0-9]{1,5})?"
    r"|[A-Za-z0-9-]+:[0-9]{1,5})"
)
STAGE = r"[a-z][a-z0-9]*((\.|_|__|-+)[a-z0-9]+)*"
STAGE_IN_ANY_CASE = STAGE.replace("a-z", "A-Za-z")
REFERENCE = rf"^({HOST}/)?{REPOSITORY}(:{TAG})?(@{DIGEST})?$"
STAGE_OR_REFERENCE = rf"^({STAGE}|({HOST}/)?{REPOSITORY}(:{TAG})?(@{DIGEST})?)$"
TAGGED = r":[^/]+$"

SCRATCH = "scratch"


def is_reference(text: str) -> bool:
    """Whether it names an image, with or without host, tag and digest."""
    return matches(REFERENCE, text)


def has_tag_or_digest(reference: str) -> bool:
    """Whether it can only be an image: a stage's name holds neither ``:`` nor ``@``."""
    return "@" in reference or matches(TAGGED, reference)


def familiar(reference: str) -> str:
    """As Docker calls an image for short: without Docker Hub's host and without ``:latest``."""
    for prefix in ("index.docker.io/", "docker.io/", "library/"):
        reference = reference.removeprefix(prefix)
    return reference.removesuffix(":latest")
