"""Hypothesis strategies for specs that can be built, full of what could be misread."""

import posixpath
import re

from hypothesis import strategies as st

from imagebuild.api import variables

_NASTY = "ab$\\\"'{}<>#=,:-_/.*[]()@!?%+~`|&; \u00e9\u00a0\u2028\u202e\ufeff\U0001f600"
NAMES = ("A", "UNSET", "UNSET_B", "gr\u00f6\u00dfe", "V1")
SECRETS = ("netrc", "npm.token", "_1")
KEYS = ("default", "git.example.com")
CONTEXTS = ("assets", "c.d_e")
_FRAGMENTS = st.sampled_from(
    [
        "$A", "${A}", "${UNSET:-x}", "${A:+y}", "${UNSET-$A}", r"\$A", r"\\$A", "${A:-it's}",
        '${UNSET:-"q"}', r"${UNSET:-a\}b}", "<<EOF", "# x", "\\", "'", '"', "--x", "${UNSET:-<<A}",
        "# syntax=a/b", "--from=a ", ",type=secret", "\u202e", '["', '"]', "AS b", "$$A", "%41",
    ]
)  # fmt: skip


def _valid(text):
    try:
        found = set(variables.names(variables.parse(text)))
    except ValueError:
        return False
    return found <= set(NAMES) | {"UNSET_"} and ":?" not in text and "?" not in text


def _no_fact(text):
    return "$$(" not in text


_plain = st.text(_NASTY, max_size=12)
text = st.lists(st.one_of(_plain, _FRAGMENTS), max_size=4).map("".join)
value = text.filter(_valid)
line = value.filter(bool)
word = line.filter(lambda found: not any(c.isspace() or c == "\u00a0" for c in found))
script = (
    st.lists(st.one_of(text, st.sampled_from(["\n", "\t", "<<EOF\nx\nEOF\n"])), min_size=1)
    .map("".join)
    .filter(bool)
)
argv = st.lists(script, min_size=1, max_size=3)
# What a flag can say.
pattern = st.lists(
    st.one_of(
        st.text("abA1$#=<>;|&*!?[](){}-_./:@%+~^`", max_size=8),
        st.sampled_from(["$A", "${UNSET}", "${A:-x}", "<<EOF", "#x", "--from=a", "type=secret"]),
    ),
    min_size=1,
    max_size=3,
).map("".join).filter(bool)  # fmt: skip
place = pattern.filter(_valid)
env_name = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,5}", fullmatch=True)
envs = st.lists(st.builds(dict, name=env_name, value=value), min_size=1, max_size=3)
users = st.one_of(st.integers(0, 70000), word)
args = st.lists(st.sampled_from(["VERSION", "TARGETOS"]), min_size=1, max_size=2)
ids = st.integers(0, 65535)
modes = st.sampled_from(["0755", "644", "1777"])
env_of_a_secret = st.sampled_from(["TOKEN", "_a1"])
shells = st.one_of(
    st.sampled_from([["/bin/bash", "-o", "pipefail", "-c"], ["busybox", "sh", "-c"], ["zsh"]]),
    st.sampled_from([["/usr/bin/python3", "-c"], ["pwsh", "-Command"], ["/usr/bin/env", "sh"]]),
    argv,
)
checksums = st.integers(0, 2**256 - 1).map(lambda number: f"sha256:{number:064x}")


def _object(required, /, **optional):
    return st.fixed_dictionaries(required, optional=optional)


def mounts(sources):
    sharing = st.sampled_from(["Shared", "Private", "Locked"])
    own = {"id": place, "sharing": sharing, "uid": ids, "gid": ids, "mode": modes}
    target = {"target": place.filter(lambda path: posixpath.normpath(path).strip("/"))}
    seeded = {**target, "from": sources}
    kinds = st.one_of(
        st.builds(dict, cache=_object(target, **own) | _object(seeded, source=place, **own)),
        st.builds(
            dict,
            bind=_object(target, readWrite=st.booleans(), source=place, **{"from": sources}),
        ),
        st.builds(dict, tmpfs=_object(target, sizeBytes=st.integers(1, 1 << 50))),
    )
    owned = {"uid": ids, "gid": ids, "mode": modes}
    secret = {"name": st.sampled_from(SECRETS)}
    secrets = st.one_of(
        _object({**secret, **target}, env=env_of_a_secret, **owned),
        _object(secret, **owned),
        _object({**secret, "env": env_of_a_secret}),
    ).map(lambda fields: {"secret": fields})
    # One key at most: there is one SSH_AUTH_SOCK.
    keys = _object({"name": st.sampled_from(KEYS)}, target=target["target"], **owned)
    key = st.lists(keys.map(lambda fields: {"ssh": fields}), max_size=1)
    return st.tuples(st.lists(kinds | secrets, max_size=3), key).map(lambda two: [*two[0], *two[1]])


@st.composite
def runs(draw, sources):
    """A ``run`` or an ``exec`` with what stands beside it."""
    instruction = draw(st.one_of(st.builds(dict, run=script), st.builds(dict, exec=argv)))
    networks = st.sampled_from(["None", "Default"])
    return {**instruction, **draw(_object({}, mounts=mounts(sources), network=networks))}


def beside_files(*, exclude):
    """What stands beside ``copy``, ``add`` and ``file``; ``exclude`` only beside the first two."""
    numbers = st.sampled_from(["1000:1000", "0"])
    chmod = st.sampled_from(["0755", "644", "u=rwX,go=rX"])
    patterns = {"exclude": st.lists(pattern, max_size=3)} if exclude else {}
    return st.one_of(
        _object({}, chown=st.sampled_from(["node", "a.b-c:d"]), chmod=chmod, **patterns),
        _object({}, chown=numbers, chmod=chmod, link=st.booleans(), **patterns),
    )


@st.composite
def copies(draw, sources):
    files = draw(st.lists(line, min_size=1, max_size=3))
    to = draw(line) + ("/" if len(files) > 1 else "")
    beside = draw(beside_files(exclude=True))
    own = draw(_object({}, parents=st.booleans(), **{"from": sources}))
    return {"copy": files, "to": to, **own, **beside}


def _clean(path):
    """No path that leads out, and none that begins at the root."""
    return not path.startswith("/") and not re.search(r"(^|/)\.\.(/|$)", path)


_ref = word.filter(lambda found: re.fullmatch(r"[^-~^:?*\[\\][^~^:?*\[\\]*", found) is not None)
_repository = word.filter(lambda found: not set(found) & set("?#"))


@st.composite
def adds(draw):
    to = {"to": draw(line), **draw(beside_files(exclude=True))}
    if draw(st.booleans()):
        url = draw(word.filter(lambda found: ".git" not in found and "#" not in found))
        own = _object({"checksum": checksums}, unpack=st.booleans())
        return {"add": {"url": f"https://example.com/{url}", **draw(own)}, **to}
    place = st.one_of(
        _object({}, ref=_ref.filter(lambda found: ".." not in found)),
        st.sampled_from([{"commit": "0123456789" * 4}, {"commit": "abcdef01" * 8}]),
    )
    url = _repository.map(lambda path: f"http://example.com:81/{path}.git")
    git = st.builds(
        lambda *parts: parts[0] | parts[1],
        _object({"url": url}, subPath=line.filter(_clean)),
        place,
    )
    return {"add": {"git": draw(git)}, **to}


@st.composite
def files(draw):
    path = draw(line) + "x"
    file = {"path": path, "content": draw(st.one_of(st.just(""), script))}
    return {"file": file, **draw(beside_files(exclude=False))}


def steps(sources):
    return st.lists(
        st.one_of(
            runs(sources),
            copies(sources),
            adds(),
            files(),
            st.builds(dict, args=args),
            st.builds(dict, env=envs),
            st.builds(dict, workdir=line),
            st.builds(dict, user=users),
        ),
        max_size=5,
    )


_seconds = st.integers(1, 86400)
healthchecks = st.just({"exec": []}) | _object(
    {"exec": argv},
    intervalSeconds=_seconds,
    timeoutSeconds=_seconds,
    startPeriodSeconds=_seconds,
    startIntervalSeconds=_seconds,
    retries=st.integers(1, 1000),
)
_fields = {
    "args": args,
    "env": envs,
    "workdir": line,
    "user": users,
    "shell": shells,
    "platform": st.sampled_from(["$BUILDPLATFORM", "linux/amd64", "${BUILDPLATFORM:-linux/arm64}"]),
    "noCache": st.booleans(),
    "description": line,
    "entrypoint": st.lists(script, max_size=3),
    "cmd": st.lists(script, max_size=3),
    "expose": st.lists(st.sampled_from([80, "53/udp", "443"]), max_size=3),
    "volumes": st.lists(line, max_size=3),
    "stopSignal": st.sampled_from(["SIGTERM", "9", "SIGRTMIN+3"]),
    "healthcheck": healthchecks,
    "labels": st.dictionaries(st.sampled_from(["a.b", "c/d-e"]), value),
}


@st.composite
def stages(draw, name, earlier):
    bases = ["scratch", "alpine:3.18", "alpine:$VERSION", "${IMAGE:-x:1}", "alpine:$FACTS"]
    sources = st.sampled_from([*earlier, *CONTEXTS, "alpine:3.18"])
    return {
        "name": name,
        "from": draw(st.sampled_from([*bases, *earlier, *CONTEXTS])),
        "steps": draw(steps(sources)),
        **draw(_object({}, **_fields)),
    }


@st.composite
def specs(draw):
    """A spec as it lies in an object's JSON."""
    names = ["a", "b.c", "d-e_f"][: draw(st.integers(1, 3))]
    return {
        "contexts": [{"name": name, "files": {"a": ""}} for name in CONTEXTS],
        "secrets": [{"name": name, "secretKeyRef": {"name": "a", "key": name}} for name in SECRETS],
        "ssh": [{"name": name, "secretRef": {"name": "a"}} for name in KEYS],
        "args": [
            {"name": "VERSION", "value": "3.18"},
            {"name": "IMAGE", "value": "golang:1.19"},
            {"name": "FACTS", "value": "v$(number)-$(tag)"},
            {"name": "MAP", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}},
            {"name": "OTHER", "value": draw(text.filter(_no_fact)).replace("$(", "$$(")},
        ],
        "stages": [draw(stages(name, names[:index])) for index, name in enumerate(names)],
    }
