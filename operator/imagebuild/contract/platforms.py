"""The names of platforms: as users write them, and as BuildKit says them."""

# Arguments of a build by which a stage sees for which platform it is. Source: platformFromEnv in
# BuildKit's frontend/dockerfile/dockerfile2llb.
TELLING = frozenset({"TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT"})

# Source: Normalize in https://github.com/containerd/platforms, of what can be ordered.
_USUAL = {
    "linux/amd64/v1": "linux/amd64",
    "linux/arm64/v8": "linux/arm64",
    "linux/arm": "linux/arm/v7",
}


def normal(platform: str) -> str:
    """A platform as BuildKit says it, of one as its user wrote it."""
    return _USUAL.get(platform, platform)
