"""What the comments at the top of a Dockerfile say to whoever reads it.

Sources: BuildKit's frontend/dockerfile/parser/directives.go and frontend/dockerfile/linter,
https://docs.docker.com/reference/dockerfile/#parser-directives
"""

import re

_DIRECTIVE = re.compile(r"#\s*(?P<name>syntax|escape|check)\s*=\s*(?P<value>.+?)\s*", re.IGNORECASE)


def skipped(text: str) -> frozenset[str]:
    """The names of the rules in ``skip=`` of ``# check=``, or ``all``."""
    options = (option.partition("=") for option in _check(text).split(";"))
    lists = (value for name, _, value in options if name.strip() == "skip")
    return frozenset(rule.strip() for value in lists for rule in value.split(","))


def _check(text: str) -> str:
    for line in text.removeprefix("\ufeff").splitlines():
        directive = _DIRECTIVE.fullmatch(line)
        if directive is None:
            break
        if directive["name"].lower() == "check":
            return directive["value"]
    return ""
