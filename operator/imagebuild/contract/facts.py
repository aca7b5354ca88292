"""Facts of a build in tags, labels and values of arguments: ``$(commit7)``.

The syntax is that of ``$(VAR)`` in a container's command: ``$(NAME)`` stands for a fact, and
``$$(`` is the text ``$(``. All else is as it stands.

Source: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from imagebuild.contract.source import Source

NAMES = (
    "commit",
    "commit7",
    "branch",
    "tag",
    "time",
    "date",
    "name",
    "namespace",
    "number",
)
_FACT = re.compile(r"\$\$\(|\$\((?P<name>[^()$]*)(?P<end>\)?)")
_UNSAFE_IN_TAG = re.compile(r"[^A-Za-z0-9_.-]")
_LONGEST_TAG = 128


def names(text: str) -> tuple[str, ...]:
    """The names that stand in a text, known or not; ValueError where a ``$(`` has no ``)``."""
    found = []
    for match in _FACT.finditer(text):
        if match["name"] is not None:
            if not match["end"]:
                raise ValueError(f"{match[0]} without its )")
            found.append(match["name"])
    return tuple(found)


def expand(text: str, values: Mapping[str, str]) -> str:
    """The text with every fact in it; one without a value is empty."""

    def value(match: re.Match[str]) -> str:
        return "$(" if match["name"] is None else values.get(match["name"], "")

    return _FACT.sub(value, text)


def image(text: str, values: Mapping[str, str]) -> str | None:
    """The image's name with its facts; None where one of them is empty: then there is no such."""
    if not all(values.get(name) for name in names(text)):
        return None
    return expand(text, values)


def literal(text: str) -> str:
    """The text that ``expand`` makes this one of."""
    return text.replace("$(", "$$(")


def values(
    source: Source | None, *, namespace: str, name: str, number: int, started: int
) -> dict[str, str]:
    """The facts of one build, each fit to be a tag; empty where there is none.

    ``source``: the main context's, if it came from git. ``time`` and ``date`` are the commit's,
    else those of the build's start (``started``, in seconds since the epoch), in UTC: the first
    as 20260131120000, which sorts by age, the second as 2026-01-31.
    """
    source = source or Source("")
    at = datetime.fromtimestamp(started if source.time is None else source.time, tz=UTC)
    return {
        "commit": source.commit,
        "commit7": source.commit[:7],
        "branch": tag_safe(source.branch),
        "tag": tag_safe(source.tag),
        "time": at.strftime("%Y%m%d%H%M%S"),
        "date": at.strftime("%Y-%m-%d"),
        "name": name,
        "namespace": namespace,
        "number": str(number),
    }


def tag_safe(text: str) -> str:
    """A branch's or tag's name as an image's tag may be: others are dashes, and none leads."""
    return _UNSAFE_IN_TAG.sub("-", text).lstrip(".-")[:_LONGEST_TAG]
