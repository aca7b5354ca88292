"""Rules of ``status.warnings`` that tell of a build and not of what it is made from.

Those of the lint are in docs/explanation/lint.md. These end no build, whatever spec.lint says.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What a warning means, and what to do about it."""

    meaning: str
    mend: str


TABLE: Mapping[str, Rule] = {
    "NativeSnapshotter": Rule(
        "BuildKit copies every file of a layer for each step, since the node offers no overlay "
        "file system: builds are several times slower and fill the disk.",
        "Ask the cluster's administrator for nodes with a kernel of 5.11 or later, whose disk for "
        "volumes is not itself an overlay.",
    ),
    "CacheExportFailed": Rule(
        "The build succeeded, but its cache could not be written to the registry: the next build "
        "finds less of it.",
        "Read the registry's words in the warning; the cache needs credentials that may push, and "
        "a registry that takes image manifests.",
    ),
    "SecretNotGuarded": Rule(
        "The build was given a secret that is too short or too plain to be searched for: whether "
        "the image holds it is not known.",
        "Make it one of 12 characters or more that nobody would guess, if whoever gave it out lets "
        "you.",
    ),
    "TokenInImage": Rule(
        "A file that the build made holds what looks like a token or a private key, by the rule "
        "that the message names. It is published all the same.",
        "Look at the file: a token that serves anywhere is to be revoked, and mounted in the step "
        "that needs it (spec.secrets).",
    ),
    "Unsaid": Rule(
        "There are more warnings, or stages, than status has room for; how many warnings is in the "
        "message.",
        "Mend those that are there, or read the others in the build's log.",
    ),
}
