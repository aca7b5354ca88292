"""What the queue holds."""

from typing import NamedTuple


class Key(NamedTuple):
    """Which ImageBuild."""

    namespace: str
    name: str
