"""What a context of a build resolved to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Of git ``commit`` and what it is of; of a registry or a download ``digest``.

    ``name`` is the context's. ``ref`` is what the spec asked for, ``branch`` and ``tag`` what that
    is at the server. ``time``: the commit's, in seconds since the epoch.
    """

    name: str
    commit: str = ""
    ref: str = ""
    branch: str = ""
    tag: str = ""
    time: int | None = None
    digest: str = ""
