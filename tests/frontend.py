"""The same reading of Dockerfiles by a port of BuildKit's parser and lexer.

It gives what ``dockerfiles.read`` gives. The port does what BuildKit's frontend/dockerfile/parser
and shell do; what its instructions make of flags and mounts stands here.
"""

import e2b_dockerfile_utils as buildkit
from tests import dockerfiles

_LISTS = ("mount", "exclude")
_WORDS = ("SHELL", "ENTRYPOINT", "CMD", "RUN", "COPY", "ADD", "VOLUME")


def read(text, get):
    """The stages and the global arguments, as ``dockerfiles.read`` gives them."""
    ast = buildkit.parse_dockerfile_ast(text)
    assert not ast.warnings, ast.warnings
    stages, arguments = [], {}
    for found in ast.instructions:
        assert not found.heredocs, found
        assert found.json is (found.name in _WORDS or found.args[:1] == ["CMD"]), found
        flags = _flags(found.flags)
        if found.name == "FROM":
            base, _, name = found.args
            base = _expanded(base, arguments)
            stages.append(dockerfiles.Stage(name, base, found.start_line, flags.get("platform")))
        elif found.name == "ARG" and not stages:
            name, _, value = found.args[0].partition("=")
            arguments[name] = _expanded(value, arguments)
        else:
            read_as = _instruction(found, flags, _Values(get))
            stages[-1].instructions.append((found.start_line, found.name, *read_as))
    return stages, arguments


class _Values(dict):
    """Variables that are looked up where they are asked for."""

    def __init__(self, get):
        super().__init__()
        self.get = get


def _expanded(word, values):
    # BuildKit's scanner drops a byte order mark at the start, the port does not.
    lexer = buildkit.ShellLex("\\", env=values, skip_unset_env=False)
    return lexer.process_word(word.removeprefix("\ufeff"))


def _flags(given):
    flags = {}
    for flag in given:
        name, has_value, value = flag.removeprefix("--").partition("=")
        if name in _LISTS:
            flags.setdefault(name, []).append(value)
        else:
            assert name not in flags, f"--{name} is there twice"
            flags[name] = value if has_value else True
    return flags


def _instruction(found, flags, values):
    """What it says; everything is expanded that BuildKit expands."""
    match found.name:
        case "RUN":
            mounts = [_mount(text, values) for text in flags.get("mount", [])]
            return found.args, {**flags, **({"mount": mounts} if mounts else {})}
        case "COPY" | "ADD":
            assert not any(map(buildkit.parse_heredoc, found.args)), found
            *sources, to = [_expanded(word, values) for word in found.args]
            if found.name == "ADD":
                sources = [dockerfiles.repository(source) for source in sources]
            return sources, to, flags
        case "ENV" | "LABEL":
            name, value, _ = found.args
            return name, _expanded(value, values)
        case "HEALTHCHECK":
            kind, *argv = found.args
            return (kind, argv, flags) if argv else (kind,)
        case "VOLUME":
            return ([_expanded(path.strip(), values) for path in found.args],)
        case "WORKDIR" | "USER":
            return (_expanded(*found.args, values),)
        case "ARG" | "STOPSIGNAL":
            return (*found.args,)
        case "EXPOSE" | "SHELL" | "ENTRYPOINT" | "CMD":
            return (found.args,)
    raise AssertionError(found)


def _mount(text, values):
    return {
        key: _expanded(value, values)
        for key, _, value in (entry.partition("=") for entry in text.split(","))
    }
