"""The rules for the addresses in a spec.

What a host resolves to is the worker's to check; what is written is checked here. An IPv4 address
is taken in its common form alone: others, as 0xa9fea9fe, hide where they lead.
"""

import dataclasses

from imagebuild.api.rules.rule import Rule, matches, unlike

_SCHEMES = ("https://", "http://")
_LINK_LOCAL = tuple(f"{scheme}169.254." for scheme in _SCHEMES)
_USER = r"^https?://[^/]*@"
# A name whose last part begins with a letter, or four numbers.
_HOST = r"((\d{1,3}\.){3}\d{1,3}|(\w[\w-]*\.)*[A-Za-z][\w-]*)\.?(:\d{1,5})?"
# With a user too, of whom another rule speaks.
_URL = rf"^https?://([^/]*@)?{_HOST}/[^ #]+$"
_REPOSITORY = rf"^https?://([^/]*@)?{_HOST}/[^?# ]+$"
_ENDS_IN_GIT = r"^[^?#]*\.git([?#]|$)"
_SSH = "ssh://"
# A user whom ssh(1) takes for no option, and a host; of a password another rule speaks.
_SSH_REPOSITORY = rf"^ssh://[A-Za-z0-9_][\w.-]*(:[^/@]*)?@{_HOST}/[^?# ]+$"
_HOLDS_ANOTHER = r"^(https?://[^/]*@|ssh://[^/]*:[^/]*@)"
_ON_THE_LINK = r"^(https?|ssh)://([^/]*@)?169\.254\."
LINK_LOCAL = "this leads to the node's own link, where clouds keep their credentials"
LINK_LOCAL_MEND = "name another host"
_HOST_MEND = "its host is a name or four decimal numbers"


def _starts(prefixes: tuple[str, ...]) -> str:
    """CEL for whether the string begins with one of them."""
    return " || ".join(f"self.startsWith('{prefix}')" for prefix in prefixes)


def _url(shape: str, *, what: str, mend: str, other: str) -> tuple[Rule, ...]:
    """``other`` is the mend of what is no http address at all."""
    return (
        Rule(
            cel=_starts(_SCHEMES),
            holds=lambda text: text.startswith(_SCHEMES),
            what="this is no https:// or http:// address",
            mend=other,
        ),
        unlike(
            _USER,
            what="the address holds a user or password, which all who read this object would see",
            mend="leave it out",
        ),
        Rule(
            cel=f"!({_starts(_LINK_LOCAL)})",
            holds=lambda text: not text.startswith(_LINK_LOCAL),
            what=LINK_LOCAL,
            mend=LINK_LOCAL_MEND,
        ),
        Rule(
            cel=f"!({_starts(_SCHEMES)}) || self.matches(r'{shape}')",
            holds=lambda text: not text.startswith(_SCHEMES) or matches(shape, text),
            what=what,
            mend=f"{mend}; {_HOST_MEND}",
        ),
    )


_PLAIN_GIT_URL = _url(
    _REPOSITORY,
    what="this is no address of a repository",
    mend="write it as https://git.example.com/team/hello.git, with nothing after the path",
    other="write git@host:team/hello.git as https://host/team/hello.git",
)
_GIT_SCHEMES = (*_SCHEMES, _SSH)
GIT_URL = (
    Rule(
        cel=_starts(_GIT_SCHEMES),
        holds=lambda text: text.startswith(_GIT_SCHEMES),
        what="this is no https://, http:// or ssh:// address",
        mend="write git@host:team/hello.git as ssh://git@host/team/hello.git",
    ),
    unlike(
        _HOLDS_ANOTHER,
        what="the address holds a password, which all who read this object would see",
        mend="leave it out, and name a Secret in secretRef",
    ),
    unlike(_ON_THE_LINK, what=LINK_LOCAL, mend=LINK_LOCAL_MEND),
    Rule(
        cel=f"!({_starts(_GIT_SCHEMES)}) || self.matches(r'{_REPOSITORY}') || "
        f"self.matches(r'{_SSH_REPOSITORY}')",
        holds=lambda text: (
            not text.startswith(_GIT_SCHEMES)
            or matches(_REPOSITORY, text)
            or matches(_SSH_REPOSITORY, text)
        ),
        what="this is no address of a repository",
        mend="write it as https://git.example.com/team/hello.git or "
        "ssh://git@git.example.com/team/hello.git, with nothing after the path; its host is a name "
        "or four decimal numbers",
    ),
)
HTTP_URL = _url(
    _URL,
    what="this is no address of a file",
    mend="write it as https://example.com/file.tar.gz",
    other="write it as https://example.com/file.tar.gz",
)


def _cheap(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The same in a step: of 64 x 64 of them, the API server cannot check the whole shape."""
    return (*rules[:-1], dataclasses.replace(rules[-1], cel=""))


ADDED_GIT_URL = (
    *_cheap(_PLAIN_GIT_URL),
    Rule(
        cel=f"!({_starts(_SCHEMES)}) || self.endsWith('.git')",
        holds=lambda text: not text.startswith(_SCHEMES) or text.endswith(".git"),
        what="BuildKit takes this for a file, as it does not end in .git",
        mend="write it as https://git.example.com/team/hello.git",
    ),
)
ADDED_URL = (
    *_cheap(HTTP_URL),
    unlike(
        _ENDS_IN_GIT,
        what="BuildKit takes this for a git repository, as it ends in .git",
        mend="give it as `git`",
    ),
)
