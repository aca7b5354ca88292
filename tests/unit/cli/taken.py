"""What each instruction does to a stage, for ``meaning``."""

import csv
import posixpath
import re

import e2b_dockerfile_utils as buildkit

_CONTINUED = re.compile(r"(?<!\\)((?:\\\\)*)\\\n")
FILES = "imagebuild.files"
_KEYS = {"src": "source", "dst": "target", "destination": "target", "readwrite": "rw"}


def expand(word, file, env):
    return buildkit.ShellLex(file.escape, env=env, skip_unset_env=False).process_word(word)


def tagged(image):
    return image if re.search(r":[^/]*$|@", image) else f"{image}:latest"


def _step(stage, *words):
    stage.steps.append((*words, dict(stage.env)))


def _origin(name, file):
    by_index = name.isdecimal() and int(name) < len(file.stages)
    indices = [i for i, other in enumerate(file.stages) if other.name == name.lower()]
    return int(name) if by_index else indices[-1] if indices else tagged(name)


def _flags(found):
    pairs = (flag.removeprefix("--").partition("=") for flag in found.flags)
    return [(name, value) for name, _, value in pairs]


def _run(found, stage, file):
    mounts = [_mount(value, stage, file) for name, value in _flags(found) if name == "mount"]
    network = dict(_flags(found)).get("network", "default")
    argv = found.args
    if not found.json:
        text, files = _text(found)
        mounts += files
        argv = [*stage.shell, text]
    _step(stage, "RUN", [_plain(word) for word in argv], sorted(mounts, key=repr), network)


def _plain(text):
    """A script without what ``set -e`` before it and lines in it change of its text."""
    text = text.removeprefix("set -e\n").removeprefix("set +e\n")
    return re.sub(r"[ \t]+", " ", _CONTINUED.sub(r"\1", text)).rstrip("\n ")


def _text(found):
    """What the shell gets, and the file that this is where it names an interpreter."""
    whole = found.heredocs and buildkit.parse_heredoc(found.args[0])
    if not whole:
        return "".join([*found.args, *(f"\n{d.content}{d.name}" for d in found.heredocs)]), []
    content = found.heredocs[0].content
    if whole.chomp:
        content = buildkit.chomp_heredoc_content(content)
    path = f"/dev/pipes/{whole.name}"
    return (path, [("file", path, content)]) if content.startswith("#!") else (content, [])


def _mount(text, stage, file):
    fields = dict(field.partition("=")[::2] for field in next(csv.reader([text])))
    fields = {_KEYS.get(k, k): expand(v, file, stage.env) for k, v in fields.items()}
    fields = {"type": "bind", "target": ".", **fields}
    fields.pop("ro", None)
    if "rw" in fields:
        fields["rw"] = True
    if "mode" in fields:
        fields["mode"] = int(fields["mode"], 8)
    if "size" in fields:
        fields["size"] = int(fields["size"].replace("m", "")) * (
            2**20 if "m" in fields["size"] else 1
        )
    if "from" in fields:
        fields["from"] = _origin(fields["from"], file)
    if fields["target"].startswith("/dev/pipes/"):
        steps = file.stages[fields["from"]].steps
        (content,) = [s[2] for s in steps if s[:2] == ("FILE", fields["source"])]
        return "file", fields["target"], content
    return tuple(sorted(fields.items()))


def _files(found, stage, file):
    flags = {}
    for name, value in _flags(found):
        is_word = name in ("chown", "chmod", "checksum")
        flags.setdefault(name, []).append(expand(value, file, stage.env) if is_word else value)
    origin = "".join(flags.pop("from", []))
    *sources, to = found.args
    to = expand(to, file, stage.env) or "./"
    to = f"{to}/" if len(sources) > 1 and not to.endswith("/") else to
    documents = {document.name: document for document in found.heredocs}
    kept = [word for word in sources if not _document(word, documents)]
    if origin == FILES:
        to = posixpath.normpath(to)
        _step(stage, "FILE", to, file.files[found.args[0].removeprefix("/")], flags)
        return
    paths = [expand(word, file, stage.env) for word in kept]
    if paths and paths[0].startswith("http"):
        _step(stage, "ADD", paths, to, flags)
    elif paths:
        flags.pop("unpack", None)
        _step(stage, "COPY", paths, to, origin and _origin(origin, file), flags)
    for document in filter(None, (_document(word, documents) for word in sources)):
        into = re.fullmatch(r"(.*/)?\.{0,2}", to)
        path = posixpath.join(to, document.name) if into else to
        content = _content(document, stage.env)
        _step(stage, "FILE", posixpath.normpath(path), content, flags)


def _document(word, documents):
    found = buildkit.parse_heredoc(word)
    return found and documents.get(found.name)


def _content(document, env):
    chomped = buildkit.chomp_heredoc_content(document.content)
    content = chomped if document.chomp else document.content
    if not document.expand:
        return content
    lexer = buildkit.ShellLex("\\", skip_process_quotes=True, env=env, skip_unset_env=False)
    return lexer.process_word(content)


def _arg(found, stage, file):
    for word in found.args:
        name, given, default = word.partition("=")
        if name in file.args:
            stage.env[name] = file.args[name]
        elif given:
            stage.env[name] = expand(default, file, stage.env)
        elif name in stage.values:
            stage.env[name] = stage.values[name]


def _pairs(found, stage, file):
    words = [expand(word, file, stage.env) for word in found.args]
    return list(zip(words[::3], words[1::3], strict=True))


def _env(found, stage, file):
    pairs = _pairs(found, stage, file)
    stage.env.update(pairs)
    stage.config.setdefault("env", {}).update(pairs)


def _label(found, stage, file):
    stage.config.setdefault("labels", {}).update(_pairs(found, stage, file))


def _maintainer(found, stage, _):
    authors = {"org.opencontainers.image.authors": found.args[0]}
    stage.config.setdefault("labels", {}).update(authors)


def _workdir(found, stage, file):
    _step(stage, "WORKDIR", expand(found.args[0], file, stage.env), stage.config.get("user"))


def _user(found, stage, file):
    stage.config["user"] = expand(found.args[0], file, stage.env)


def _shell(found, stage, _):
    stage.shell = stage.config["shell"] = found.args


def _volume(found, stage, file):
    volumes = [expand(word.strip(), file, stage.env) for word in found.args]
    stage.config["volumes"] = sorted({*stage.config.get("volumes", ()), *volumes})


def _expose(found, stage, file):
    ports = set(stage.config.get("ports", ()))
    for text in " ".join(expand(word, file, stage.env) for word in found.args).split():
        span, _, protocol = text.partition("/")
        first, _, last = span.partition("-")
        numbers = range(int(first), int(last or first) + 1)
        ports.update(f"{number}/{protocol.lower() or 'tcp'}" for number in numbers)
    if ports:
        stage.config["ports"] = sorted(ports)


def _stop_signal(found, stage, file):
    signal = expand(found.args[0], file, stage.env).upper()
    stage.config["signal"] = signal if signal.isdecimal() else f"SIG{signal.removeprefix('SIG')}"


def _healthcheck(found, stage, _):
    kind, *words = found.args
    flags = {name: int(value.removesuffix("s")) for name, value in _flags(found)}
    # The shell form is run by the shell that the image has in the end.
    words = words if found.json or not words else ["shell", *words]
    stage.config["check"] = [kind.upper(), *words, flags]


def _entrypoint(found, stage, _):
    if not stage.own_cmd:
        stage.config.pop("cmd", None)
    stage.config["entrypoint"] = found.args if found.json else [*stage.shell, *found.args]


def _cmd(found, stage, _):
    stage.own_cmd = True
    stage.config["cmd"] = found.args if found.json else [*stage.shell, *found.args]


TAKEN = {
    "RUN": _run,
    "COPY": _files,
    "ADD": _files,
    "ARG": _arg,
    "ENV": _env,
    "LABEL": _label,
    "MAINTAINER": _maintainer,
    "WORKDIR": _workdir,
    "USER": _user,
    "SHELL": _shell,
    "VOLUME": _volume,
    "EXPOSE": _expose,
    "STOPSIGNAL": _stop_signal,
    "HEALTHCHECK": _healthcheck,
    "ENTRYPOINT": _entrypoint,
    "CMD": _cmd,
}
