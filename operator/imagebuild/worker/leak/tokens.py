"""Shapes of well-known tokens, and of private keys, by the rules of detect-secrets.

Each of its rules that is used here has a mark that stands in all of its tokens. Only where there is
one the package, which takes long to load, is asked for its opinion.
"""

import functools
import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ahocorasick_rs

from imagebuild.worker.leak import privatekeys

_MODULES = "detect_secrets.plugins."
_KEY = "private_key"
# A module of detect-secrets -> the class in it, and the marks of its tokens.
RULES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "aws": ("AWSKeyDetector", ("AKIA", "ASIA", "ABIA", "ACCA")),
    "azure_storage_key": ("AzureStorageKeyDetector", ("AccountKey=",)),
    "github_token": ("GitHubTokenDetector", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    "gitlab_token": ("GitLabTokenDetector", ("glpat-", "gldt-", "glft-", "glsoat-", "glrt-")),
    "npm": ("NpmDetector", (":_authToken=",)),
    "openai": ("OpenAIDetector", ("T3BlbkFJ",)),
    _KEY: ("PrivateKeyDetector", ("PRIVATE KEY-----", "PRIVATE KEY BLOCK-----")),
    "pypi_token": ("PypiTokenDetector", ("pypi-AgE",)),
    "sendgrid": ("SendGridDetector", ("SG.",)),
    "slack": ("SlackDetector", ("xoxb-", "xoxp-", "xoxa-", "hooks.slack.com/services/")),
    "square_oauth": ("SquareOAuthDetector", ("sq0csp-",)),
    "stripe": ("StripeDetector", ("sk_live_", "rk_live_")),
}
_MARKED = tuple((mark, module) for module, (_, marks) in RULES.items() for mark in marks)

# How much of what stands before and behind a mark is looked at.
_BEFORE, _BEHIND = 128, 512


@dataclass(frozen=True, slots=True)
class Token:
    """What looks like a token: by which rule, in its author's words, and where."""

    rule: str
    where: str


class Watch:
    """Looks at what comes by in pieces; ``found`` are the names of the rules that saw something."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}
        self._rest = b""

    def over(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces, each looked at."""
        for chunk in chunks:
            data = self._rest + chunk
            self._look(data, before=len(data) - _BEHIND)
            self._rest = data[-_BEFORE - _BEHIND :]
            yield chunk
        self._look(self._rest, before=len(self._rest))

    def _look(self, data: bytes, *, before: int) -> None:
        for index, start, end in _automaton().find_matches_as_indexes(data, overlapping=True):
            if start < before:
                text = data[max(0, start - _BEFORE) : end + _BEHIND].decode("latin-1")
                if name := _rule(_MARKED[index][1], text):
                    self.found.setdefault(name)


@functools.cache
def _automaton() -> ahocorasick_rs.BytesAhoCorasick:
    return ahocorasick_rs.BytesAhoCorasick([mark.encode() for mark, _ in _MARKED])


@functools.cache
def _plugin(module: str) -> Any:
    return getattr(importlib.import_module(_MODULES + module), RULES[module][0])()


def _rule(module: str, text: str) -> str:
    """The name of the rule, where it takes something in the text for a token; else empty."""
    plugin = _plugin(module)
    if not any(True for line in text.splitlines() for _ in plugin.analyze_string(line)):
        return ""
    if module == _KEY and not any(privatekeys.lines(f"{text}\n-----END")):
        # Programs that read keys hold the words alone.
        return ""
    return str(plugin.secret_type)
