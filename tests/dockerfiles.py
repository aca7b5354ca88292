r"""A reader of Dockerfiles for tests, written by the rules of the Dockerfile reference alone.

It knows nothing of how Dockerfiles are rendered here. It reads what can be rendered and refuses
the rest: heredocs, shell forms, parser directives, unknown instructions.

Source: https://docs.docker.com/reference/dockerfile/ (Format, Escape, Environment replacement).
"""

import json
import re
import urllib.parse
from dataclasses import dataclass, field

from tests import lexing

LONGEST_LINE = 65535
_BLANKS = re.compile(r"[\t\v\f\r ]+")
_DIRECTIVE = re.compile(r"#\s*(syntax|escape|check)\s*=", re.IGNORECASE)
_CONTINUED = re.compile(r"(?:^|(?<=[^\\]))\\[ \t]*$")
_REPOSITORY = re.compile(r"(https?://[^?#]*\.git)(?:#(.*))?", re.DOTALL)


@dataclass
class Stage:
    """``instructions``: (line, name, values...) with the values expanded.

    The values are of RUN (words, flags), of COPY and ADD (sources, to, flags), of HEALTHCHECK
    (NONE or CMD, words, flags), of ENV, LABEL and a stage's ARG (name, value), of VOLUME, EXPOSE,
    SHELL, ENTRYPOINT and CMD (words), of the others (text). ``flags`` are as BuildKit's, those
    that may be there several times are lists. A mount is a map.
    """

    name: str
    base: str
    line: int
    platform: str | None = None
    instructions: list = field(default_factory=list)


def read(text, get):
    """The stages and the global arguments; ``get``: a variable's value, None where it is unset."""
    if _DIRECTIVE.match(text) or text.startswith(("//", "\ufeff", "#!")):
        raise lexing.NotUnderstoodError("a directive")
    stages, arguments = [], {}
    for number, line in _logical_lines(text):
        name, _, rest = line.strip().partition(" ")
        flags, rest = _flags(rest.strip())
        if name == "FROM":
            stages.append(_stage(number, rest, flags, arguments.get))
        elif name == "ARG" and not stages:
            argument, value = _assignment(rest, arguments.get)
            arguments[argument] = value
        else:
            stages[-1].instructions.append((number, name, *_READERS[name](rest, flags, get)))
    return stages, arguments


def repository(word):
    """An address as ADD takes it: (repository, branch or commit, directory), or just the address.

    Source: https://docs.docker.com/reference/dockerfile/#adding-files-from-a-git-repository
    """
    match = _REPOSITORY.fullmatch(word)
    if not match:
        return word
    ref, _, directory = urllib.parse.unquote(match[2] or "").partition(":")
    return match[1], ref, directory


def _logical_lines(text):
    """(number of the first line, the line with its continuations)."""
    joined, first = None, 0
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line.encode()) > LONGEST_LINE:
            raise lexing.NotUnderstoodError(f"line {number} is too long")
        if line.lstrip().startswith("#") or (not line.strip()):
            continue
        if joined is None:
            joined, first = "", number
        part = line if joined else line.lstrip()
        match = _CONTINUED.search(part)
        joined += part[: match.start()] if match else part
        if not match:
            yield first, joined
            joined = None
    if joined is not None:
        raise lexing.NotUnderstoodError("the last line is continued")


def _flags(rest):
    """The flags before the rest, values as they stand; one that is given twice is a list."""
    flags = {}
    while rest.startswith("--"):
        flag, _, rest = rest.partition(" ")
        if re.search(r"[^\x21-\x7e]|[\"'\\]", flag):
            raise lexing.NotUnderstoodError(f"a flag that BuildKit reads otherwise: {flag}")
        name, given, value = flag[2:].partition("=")
        flags.setdefault(name, []).append(value if given else True)
    return flags, rest


def _once(flags, *names):
    """Flags that may be there once; none but these and those in ``flags`` that were taken out."""
    if set(flags) - set(names) or any(len(flags[name]) > 1 for name in flags):
        raise lexing.NotUnderstoodError(f"flags {flags}")
    return {name: values[0] for name, values in flags.items()}


def _stage(number, rest, flags, get):
    words = _BLANKS.split(rest)
    if len(words) != 3 or words[1] != "AS":
        raise lexing.NotUnderstoodError(rest)
    platform = _once(flags, "platform").get("platform")
    return Stage(words[2], lexing.Word(words[0], get).whole(), number, platform)


def _list(rest):
    if not rest.startswith("["):
        raise lexing.NotUnderstoodError(f"no JSON form: {rest}")
    words = json.loads(rest)
    if not all(isinstance(word, str) for word in words):
        raise lexing.NotUnderstoodError(rest)
    return words


def _words_alone(rest, flags, _get):
    _once(flags)
    return (_list(rest),)


def _run(rest, flags, get):
    mounts = [_mount(value, get) for value in flags.pop("mount", [])]
    return _list(rest), {**_once(flags, "network"), **({"mount": mounts} if mounts else {})}


def _mount(value, get):
    fields = {}
    for entry in value.split(","):
        key, _, text = entry.partition("=")
        if key in fields or not text:
            raise lexing.NotUnderstoodError(value)
        fields[key] = lexing.Word(text, get).whole()
    return fields


def _copy(rest, flags, get):
    return _copied(rest, flags, get, "from", "parents")


def _add(rest, flags, get):
    (source,), to, given = _copied(rest, flags, get, "checksum", "unpack")
    return [repository(source)], to, given


def _copied(rest, flags, get, *own):
    exclude = flags.pop("exclude", [])
    given = _once(flags, "chown", "chmod", "link", *own)
    words = _list(rest)
    if any(re.fullmatch(r"\d*<<-?\s*[^<]*", word) for word in words):
        raise lexing.NotUnderstoodError(f"a heredoc: {words}")
    *sources, to = [lexing.Word(word, get).whole() for word in words]
    return sources, to, {**given, **({"exclude": exclude} if exclude else {})}


def _volume(rest, flags, get):
    _once(flags)
    return ([lexing.Word(word.strip(), get).whole() for word in _list(rest)],)


def _healthcheck(rest, flags, _get):
    kind, _, argv = rest.partition(" ")
    given = _once(flags, "interval", "timeout", "start-period", "start-interval", "retries")
    if kind == "NONE" and not argv and not given:
        return ("NONE",)
    if kind != "CMD":
        raise lexing.NotUnderstoodError(rest)
    return "CMD", _list(argv), given


def _assignment(rest, get):
    words = list(lexing.split(rest))
    if len(words) != 1 or "=" not in words[0]:
        raise lexing.NotUnderstoodError(rest)
    name, _, value = words[0].partition("=")
    return name, lexing.Word(value, get).whole()


def _assigned(rest, flags, get):
    _once(flags)
    return _assignment(rest, get)


def _text(rest, flags, get):
    _once(flags)
    return (lexing.Word(rest, get).whole(),)


def _bare(rest, flags, _get):
    _once(flags)
    return (rest,)


def _bare_words(rest, flags, _get):
    _once(flags)
    return (_BLANKS.split(rest),)


_READERS = {
    "RUN": _run,
    "COPY": _copy,
    "ADD": _add,
    "ENV": _assigned,
    "LABEL": _assigned,
    "WORKDIR": _text,
    "USER": _text,
    "ARG": _bare,
    "EXPOSE": _bare_words,
    "VOLUME": _volume,
    "STOPSIGNAL": _bare,
    "HEALTHCHECK": _healthcheck,
    "SHELL": _words_alone,
    "ENTRYPOINT": _words_alone,
    "CMD": _words_alone,
}
