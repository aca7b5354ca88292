"""Which values are plain to everybody: words, numbers, hosts, paths, addresses, most URLs."""

import re

_SECRETISH = re.compile(
    r"pass|pwd|token|secret|key|auth|cred|sign|seed|mnemonic|private|cookie|session|license|"
    r"webhook|bearer|salt|dsn|(?<![a-z])(?:pat|pw|pin|sas|sig|jwt|api)(?![a-z])",
    re.IGNORECASE,
)
# Words of a few capitals at most: what has more of them nobody wrote.
_WORD = re.compile(r"[A-Z]?[a-z]*|[A-Z]+[a-z]*|[a-z]*(?:[A-Z]+[a-z]*){1,3}|(?:[A-Z][a-z]+){4}")
_BETWEEN_WORDS = re.compile(r"[_ .,-]+")
_PLAIN = re.compile(
    r"[0-9.:_ -]+|[\w.-]+\.[a-z]{2,}(?::\d+)?(?:/[\w./-]*)?|[\w.+-]+@[\w.-]+|~?/[\w./-]*"
)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^@\s?]*")
# Words that switch something on or off, whatever the switch is called.
_SWITCH = re.compile(r"true|false|yes|no|on|off|null|none|~|", re.IGNORECASE)

_RUN = re.compile(r"[A-Za-z0-9]{16,}")
_MIXED = re.compile(r"[\w-]{20,}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_LEAST_DIGITS = 3


def secretish(key: str) -> bool:
    """Whether the name says that the value is a secret."""
    return bool(_SECRETISH.search(key))


def tells(key: str, value: str) -> bool:
    """Whether a value that has a name is a secret, as far as one can say."""
    if _SWITCH.fullmatch(value):
        return False
    if _URL.fullmatch(value):
        # Of the endpoints in a service account, most are called after tokens or keys.
        return random(value)
    words = all(map(_WORD.fullmatch, _BETWEEN_WORDS.split(value)))
    plain = words or (_PLAIN.fullmatch(value) and not random(value))
    return secretish(key) or not plain


def random(text: str) -> bool:
    """Whether something in it was drawn by lot."""
    return (
        bool(_UUID.search(text))
        or any(re.search("[A-Za-z]", run) and re.search("[0-9]", run) for run in _RUN.findall(text))
        or any(map(_mixed, _MIXED.findall(text)))
    )


def _mixed(run: str) -> bool:
    digits = len(re.findall("[0-9]", run))
    return digits >= _LEAST_DIGITS and run not in {run.lower(), run.upper()}
