"""The names of resources that a container can ask for."""

import difflib
import re

# Without a limit a container may use of these as much as its node has; of all others, nothing.
OWN = ("cpu", "memory", "ephemeral-storage")
# Huge pages of a size, or what a device plugin offers under a domain's name.
_OTHERS = re.compile(
    r"hugepages-[1-9][0-9]*[KMGTPE]i|[a-z0-9-]+(\.[a-z0-9-]+)+/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
)
_LONGEST = 317


def is_resource(name: str) -> bool:
    """Whether Kubernetes knows such a resource: cpu, memory, hugepages-2Mi, example.com/gpu."""
    return name in OWN or (len(name) <= _LONGEST and _OTHERS.fullmatch(name) is not None)


def mend(name: str) -> str:
    """What to write in place of a name that is none."""
    near = difflib.get_close_matches(name.lower(), OWN, n=1, cutoff=0.5)
    if near and near[0][0] == name[:1].lower():  # cpu is near to gpu
        return f"did you mean {near[0]}?"
    return f"use {', '.join(OWN)}, or one with its domain as example.com/gpu"
