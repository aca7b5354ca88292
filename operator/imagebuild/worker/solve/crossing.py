"""BuildKit's names of platforms: ``linux/amd64->arm64`` runs on the one and is for the other.

Source: formatTargetPlatform in BuildKit's frontend/dockerfile/dockerfile2llb.
"""

import re

_ARROW = "->"

# "linux/amd64->arm64", "linux/amd64->arm/v7", "linux/amd64->windows/amd64"
_CROSSING = re.compile(rf"(?P<os>[^/]+)/.*{_ARROW}(?:(?P<arch>[^/]+(?:/v\d+)?)|(?P<whole>.+))")


def crosses(name: str) -> bool:
    """Whether it is of what runs on another platform than it is for."""
    return _ARROW in name


def runs_on(name: str) -> str:
    """The platform that steps run on, as os/arch[/variant]."""
    return name.partition(_ARROW)[0]


def is_for(name: str) -> str:
    """The platform that files are made for, as os/arch[/variant]."""
    crossing = _CROSSING.fullmatch(name)
    if crossing is None:
        return name
    return crossing["whole"] or f"{crossing['os']}/{crossing['arch']}"
