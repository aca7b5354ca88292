"""Texts of others as people may read them: nothing that a terminal obeys."""

import re

# Source: ECMA-48, 5.4 (control sequences), 8.3.89 (OSC) and 5.3 (all other escapes).
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
# Where a program begins its line again, which people read as one after the other.
_RETURN = re.compile(r"\r+\n?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """The text without escape sequences and control characters, but for tabs and new lines."""
    return _CONTROL.sub("", _RETURN.sub("\n", _SEQUENCE.sub("", text)))
