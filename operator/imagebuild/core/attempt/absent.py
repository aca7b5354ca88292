"""What of the spec the kubelet cannot mount, from its words about volumes of Secrets.

It names a volume as it is called in the pod, an object by its own name, and a key without its
object (Kubernetes: pkg/volume/secret, pkg/volume/projected).
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from imagebuild.core.attempt import credentials
from imagebuild.core.attempt.credentials import Entry
from imagebuild.core.outside.resolve import Resolved

_VOLUME = re.compile(r'volume "([a-z0-9-]+)" : ((?:(?!volume ").)*)', re.DOTALL)
_OBJECT = re.compile(r'(secret|configmap) "([^"]+)" not found')
_KEY = re.compile(r"non-existent (secret|config) key: ([-._a-zA-Z0-9]+)")
_KINDS = {"secret": "Secret", "configmap": "ConfigMap", "config": "ConfigMap"}


class Absent(NamedTuple):
    """Something that is not there: the spec path that names it first, and the words for it."""

    path: str
    words: str


def of(resolved: Resolved, words: str) -> tuple[Absent, ...]:
    """All that the words say is absent, each once; empty where they speak of nothing known."""
    entries = {volume.name: volume.entries for volume in credentials.of_spec(resolved)}
    found = (
        absent
        for volume, said in _VOLUME.findall(words)
        for absent in _said(entries.get(volume, ()), said)
    )
    return tuple(dict.fromkeys(found))


def _said(entries: Sequence[Entry], words: str) -> Iterator[Absent]:
    for kind, name in _OBJECT.findall(words):
        of_it = [e for e in entries if (e.kind, e.name) == (_KINDS[kind], name)]
        if of_it:
            yield Absent(of_it[0].path, f"there is no {of_it[0].kind} {name}")
    for kind, key in _KEY.findall(words):
        of_it = [e for e in entries if (e.kind, e.key) == (_KINDS[kind], key)]
        if of_it:
            names = " or ".join(dict.fromkeys(entry.name for entry in of_it))
            yield Absent(of_it[0].path, f"{of_it[0].kind} {names} has no key {key}")
