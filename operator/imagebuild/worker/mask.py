"""Hides credentials in what people get to read."""

import re
from collections.abc import Callable, Iterable

STARS = "***"

# Shorter values are words that every log has: to hide them hides nothing and spoils the log.
_SHORTEST = 4


def mask(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that puts ``***`` in place of each secret in a text."""
    values = sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True)
    if not values:
        return str
    pattern = re.compile("|".join(map(re.escape, values)))
    return lambda text: pattern.sub(STARS, text)
