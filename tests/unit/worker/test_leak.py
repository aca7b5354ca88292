"""Secrets in layouts of images: whatever part of one, in whatever form, and what is said of it."""

import base64
import html
import json
import re
import shlex
import shutil
import subprocess
import threading
import time
import urllib.parse
from dataclasses import replace
from pathlib import Path
from xml.sax import saxutils

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import layouts
from tests.layouts import Layout, entry, history, tar
from tests.orders import ORDER

from imagebuild.contract.order import Context, Git, Secret, Ssh
from imagebuild.contract.report import Cause
from imagebuild.worker import dockerfile
from imagebuild.worker.leak import encodings, guard, layout, origin, refusal, tokens, values
from imagebuild.worker.leak.guarded import Guarded, Source
from imagebuild.worker.leak.search import Hit, Search
from imagebuild.worker.limits import Limits, StoppedError
from imagebuild.worker.solve.lines import Lines, Place

TOKEN = b"tok_9fJq2Lx8/Zr5+Wv1Yb7&Nc3"

guardable = st.binary(min_size=12, max_size=200).filter(values.guardable)
around = st.binary(max_size=50)


def hit(value, data):
    return next(Search([[value]]).of(data), None)


@settings(deadline=None)
@given(guardable, around, around)
def test_a_value_is_found_as_it_is_and_in_base64_and_hex_whatever_stands_around_it(
    value, before, after
):
    whole = before + value + after
    assert hit(value, whole)
    assert hit(value, base64.b64encode(whole))
    assert hit(value, base64.urlsafe_b64encode(whole))
    assert hit(value, whole.hex().encode())
    assert hit(value, whole.hex().upper().encode())


@settings(deadline=None)
@given(guardable)
def test_a_value_is_found_as_part_of_an_url(value):
    for safe in ("", "/"):
        quoted = urllib.parse.quote(value, safe=safe).encode()
        assert hit(value, b"https://h/?t=" + quoted)
    lower = urllib.parse.quote(value, safe="")
    assert hit(
        value, "".join(p.lower() if p[0] == "%" else p for p in split_escapes(lower)).encode()
    )


def split_escapes(text):
    at = 0
    while at < len(text):
        size = 3 if text[at] == "%" else 1
        yield text[at : at + size]
        at += size


@settings(deadline=None)
@given(st.text(min_size=12, max_size=60).filter(lambda text: values.guardable(text.encode())))
def test_a_value_is_found_in_json_of_python_and_of_go(value):
    data = value.encode()
    assert hit(data, json.dumps({"a": value}).encode())
    assert hit(data, json.dumps({"a": value}, ensure_ascii=False).encode())
    go = json.dumps(value, ensure_ascii=False)
    for sign in "<>&":
        go = go.replace(sign, f"\\u{ord(sign):04x}")
    assert hit(data, go.encode())


@pytest.mark.parametrize("width", [60, 64, 76])
@pytest.mark.parametrize("size", [24, 25, 26, 40, 41, 42, 200])
def test_a_token_is_found_in_base64_and_hex_that_is_broken_into_lines(width, size):
    token = (base64.b64encode(bytes(range(40, 250))) * 2)[:size]
    for coded in (base64.b64encode(b"x" + token), token.hex().encode()):
        for first in range(width):
            lines = [coded[max(0, at) : at + width] for at in range(-first, len(coded), width)]
            assert hit(token, b"\n".join(lines)), (first, lines)


SPACED = b"Wd#7!kQ*zR(5)pL tX9vB3&mN6"


def broken(coded, width, end=b"\n"):
    return end.join(coded[at : at + width] for at in range(0, len(coded), width))


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n    "])
@pytest.mark.parametrize("value", [SPACED, b"tok_9fJq2Lx8", bytes(range(60, 256)) * 2])
def test_any_value_is_found_in_base64_and_hex_that_is_broken_into_lines(value, end):
    search = Search([[value]])
    for before in range(90):
        whole = b"." * before + value + b"." * 90
        for data in (
            broken(base64.b64encode(whole), 76, end),
            broken(whole.hex().encode(), 60, end),
            whole.hex(" ").encode(),
        ):
            assert any(search.of(data)), (before, data)
            chunks = [data[at : at + 50] for at in range(0, len(data), 50)]
            assert any(search.of_stream(chunks)), (before, data)


AMID = "p@ss w:rd/'1'!(*)~ü\\$x&<\"y\">;=+%,#?[z]"
URLS = {
    "encodeURIComponent": urllib.parse.quote(AMID, safe="!'()*"),
    "encodeURI": urllib.parse.quote(AMID, safe="!#$&'()*+,/:;=?@"),
    "a form of a browser": urllib.parse.quote_plus(AMID, safe="*").replace("~", "%7E"),
    "a form of Python": urllib.parse.quote_plus(AMID),
    "Go's url.PathEscape": urllib.parse.quote(AMID, safe="$&+:=@"),
    "Go's url.UserPassword": urllib.parse.quote(AMID, safe="$&+,;="),
    "lower-case digits": "".join(
        p.lower() if p[0] == "%" else p for p in split_escapes(urllib.parse.quote_plus(AMID))
    ),
}


@pytest.mark.parametrize("kind", URLS)
def test_a_value_is_found_as_each_library_writes_it_into_an_url(kind):
    assert hit(AMID.encode(), URLS[kind].encode()).encoding == encodings.URL


ESCAPED = {
    "html.escape": (html.escape(AMID), encodings.MARKUP),
    "a text in XML": (saxutils.escape(AMID), encodings.MARKUP),
    "an attribute in XML": (
        AMID.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;"),
        encodings.MARKUP,
    ),
    "Go's html.EscapeString": (
        html.escape(AMID).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
        encodings.MARKUP,
    ),
    "JSON in JSON": (json.dumps(json.dumps({"a": AMID})), encodings.JSON),
    "a shell's word": (shlex.quote(AMID), encodings.SHELL),
    "bash's printf %q": (
        "".join(c if c.isalnum() or c in "_@%+=:,./-" else f"\\{c}" for c in AMID),
        encodings.SHELL,
    ),
    "double quotes of a shell": (re.sub(r'([\\"$`])', r"\\\1", AMID), encodings.SHELL),
    "a compose file": (AMID.replace("$", "$$"), encodings.SHELL),
}


@pytest.mark.parametrize("kind", ESCAPED)
def test_a_value_is_found_as_it_is_escaped(kind):
    written, encoding = ESCAPED[kind]
    assert hit(AMID.encode(), written.encode()).encoding == encoding


def test_a_value_is_found_in_utf_16():
    assert hit(AMID.encode(), AMID.encode("utf-16")).encoding == encodings.UTF_16


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(0, 120))
def test_nothing_is_missed_where_a_stream_is_cut(size, before):
    data = b"." * before + base64.b64encode(TOKEN) + b"." * 9
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert next(Search([[TOKEN]]).of_stream(chunks)).encoding == encodings.BASE64


def test_which_of_several_secrets_it_is_is_told():
    search = Search([[b"first-value-123"], [b"other-value-456", TOKEN]])
    assert [h.secret for h in search.of(b"x" + TOKEN + b"first-value-123")] == [1, 0]


def test_without_a_value_there_is_nothing_to_search_for():
    assert not Search([[], []])
    assert list(Search([]).of_stream([b"abc"])) == []


# (content of a file, what in it is guarded)
CONTENTS = [
    (b"tok_9fJq2Lx8Zr5\n", [b"tok_9fJq2Lx8Zr5"]),
    (b"tok_9fJq2Lx8Zr5\r\n", [b"tok_9fJq2Lx8Zr5"]),
    (b"short-one\n", []),
    (b"aaaaaaaaaaaaaaaaaaaaa", []),
    (b"abababababababababab", []),
    (b"", []),
    (b"\x00\x01\xfe\xffbinary-value", [b"\x00\x01\xfe\xffbinary-value"]),
    (
        b"# comment\nDB_HOST=db.internal.example.com\nexport DB_PASSWORD='s3cr3t-w0rd-here'\nX=1\n",
        [b"s3cr3t-w0rd-here"],
    ),
    (
        b"//npm.example/:_authToken=npm_abc123DEF456\nregistry=https://npm.example/\n",
        [b"npm_abc123DEF456"],
    ),
    (b"machine git.example\n  login me\n  password pw-5ag3fX9q1L\n", [b"pw-5ag3fX9q1L"]),
    (b"machine git.example login me password pw-5ag3fX9q1L\nmachine x", [b"pw-5ag3fX9q1L"]),
    (
        b"[global]\nindex-url = https://me:p%40ss-5ag3fX9q@pypi.example/simple\n",
        [
            b"p%40ss-5ag3fX9q",
            b"p@ss-5ag3fX9q",
            b"https://me:p%40ss-5ag3fX9q@pypi.example/simple",
        ],
    ),
    (
        b'{\n"auths": {"r.example": {"auth": "bWU6cHctNWFnM2ZYOXExTA=="}}}\n',
        [b"bWU6cHctNWFnM2ZYOXExTA==", b"pw-5ag3fX9q1L"],
    ),
    (
        b'{\n"type": "service_account", "project_id": "my-project-name", '
        b'"token_uri": "https://oauth2.example/token", "private_key_id": "0a1b2c3d4e5f60718293"}',
        # Endpoints are in every library, whatever they are called.
        [b"0a1b2c3d4e5f60718293"],
    ),
    (b"tok_9fJq2Lx8Zr5\nk+=7Yh3Wd0Pq1bN\n", [b"tok_9fJq2Lx8Zr5", b"k+=7Yh3Wd0Pq1bN"]),
    # Nothing in it is of a known form: as a whole.
    (b"some words\nand some more 12\n", [b"some words\nand some more 12"]),
]


@pytest.mark.parametrize(("content", "guarded"), CONTENTS)
def test_of_a_file_that_is_guarded_what_is_secret_in_it(content, guarded):
    assert sorted(values.secret(content)) == sorted(guarded)


PASSWORD = "pw-5ag3fX9q1L"  # noqa: S105 - of nobody
# A file's content, after another line with a secret -> a value in it that is guarded too.
WITHIN = {
    f'machine h login me password "{PASSWORD} two"': f"{PASSWORD} two",
    f"TOKEN={PASSWORD} # a note": PASSWORD,
    f"TOKEN={PASSWORD}#note": f"{PASSWORD}#note",
    f"TOKEN='{PASSWORD}' # a note": PASSWORD,
    rf'TOKEN="{PASSWORD}\"x"': f'{PASSWORD}"x',
    f"export A=x B={PASSWORD}": PASSWORD,
    f'export A=x B="{PASSWORD} y"': f"{PASSWORD} y",
    f"password: |\n  {PASSWORD}\n  more of it\nuser: me": f"{PASSWORD}\nmore of it",
    f"a:\n  password: >-\n    {PASSWORD}\n    more\n  b: c": f"{PASSWORD} more",
    f"tokens:\n- x\n- {PASSWORD}": PASSWORD,
    f"- password: {PASSWORD}": PASSWORD,
    f"- {{user: me, password: {PASSWORD}}}": PASSWORD,
    f"a: {{password: '{PASSWORD}, x'}}": f"{PASSWORD}, x",
    f"_auth={base64.b64encode(b'me:' + PASSWORD.encode()).decode()}": PASSWORD,
    f"//r.example/:_password={base64.b64encode(PASSWORD.encode()).decode()}": PASSWORD,
    f"//r.example/:_auth = {base64.b64encode(b'me:' + PASSWORD.encode()).decode().rstrip('=')}": (
        PASSWORD
    ),
    f"x https://{PASSWORD}@git.example/y": PASSWORD,
    f"x https://me:{PASSWORD}@z/1@git.example/y": f"{PASSWORD}@z/1",
    f"x https://me:{PASSWORD}%ff@git.example/y": f"{PASSWORD}\udcff",
    "HOOK_URL=https://hooks.example.com/services/T0Q1/B8Zk/9xKq2Lx8Zr5Wv1Yb7Nc3": (
        "9xKq2Lx8Zr5Wv1Yb7Nc3"
    ),
    f"x https://s.example/b?se=2026&sig={PASSWORD}%3D": f"{PASSWORD}=",
    "PAT=abcdefghijklmnopqrst": "abcdefghijklmnopqrst",
    "X=aBcDeFgHiJkLmNoPqRsT": "aBcDeFgHiJkLmNoPqRsT",
    "SEED=some words that are the seed": "some words that are the seed",
}


@pytest.mark.parametrize("line", WITHIN)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_of_a_line_what_its_readers_take_for_the_value_is_guarded(line, end):
    content = f"FIRST=tok_9fJq2Lx8Zr5\n{line}\n".replace("\n", end).encode()
    guarded = values.secret(content)
    assert WITHIN[line].encode(errors="surrogateescape") in guarded
    assert b"tok_9fJq2Lx8Zr5" in guarded
    assert content.strip() not in guarded


@pytest.mark.parametrize("text", [f"X=1\nPASSWORD={PASSWORD}ü\nY=2\n"])
def test_in_whatever_signs_a_file_is_written_its_values_are_guarded(text):
    assert values.secret(text.encode("latin-1")) == (f"{PASSWORD}ü".encode("latin-1"),)
    for codec in ("utf-8", "utf-8-sig", "utf-16"):
        assert values.secret(text.encode(codec)) == (f"{PASSWORD}ü".encode(),)


@pytest.mark.parametrize("content", [b" tok_9fJq2Lx8Zr5 \n", b"\n\ntok_9fJq2Lx8Zr5\n\n"])
def test_blanks_around_a_value_are_none_of_it(content):
    assert values.secret(content) == (b"tok_9fJq2Lx8Zr5",)


@pytest.mark.parametrize(
    "line",
    [
        "URL=https://files.example.com/packages/simple?page=2",
        "DIR=/usr/lib/python3.11/site-packages",
        "NAME=AnApplicationOfOurs",
        "MODE=true",
        "LEVEL=some_level-of.logging",
    ],
)
def test_what_stands_beside_secrets_is_not_guarded(line):
    assert values.secret(f"FIRST=tok_9fJq2Lx8Zr5\n{line}\n".encode())[1:] in {
        (),
        # With a query it may be anything: as a whole.
        (line.partition("=")[2].encode(),) if "?" in line else (),
    }


@pytest.mark.parametrize("unit", ["ab12", "://a:", "a=", "- ", "{a:", "'", "\\", "A_b ", "a: |\n"])
def test_a_large_file_is_read_in_time_whatever_is_in_it(unit):
    began = time.monotonic()
    values.secret((unit * 20_000).encode())
    assert time.monotonic() - began < 20


COMMENTS = ("me", "me@host", "m" * 12)
# What fills a key up to a whole block is as long as its comment leaves room.
KEYS = {
    **{f"ed25519 of OpenSSH, by {c}": ["ssh-keygen", "-t", "ed25519", "-C", c] for c in COMMENTS},
    "RSA of OpenSSH": ["ssh-keygen", "-t", "rsa", "-b", "2048"],
    "ECDSA of OpenSSH": ["ssh-keygen", "-t", "ecdsa"],
    "RSA in PKCS #1": ["ssh-keygen", "-t", "rsa", "-b", "2048", "-m", "PEM"],
    "RSA in PKCS #8": ["ssh-keygen", "-t", "rsa", "-b", "2048", "-m", "PKCS8"],
    "ECDSA in SEC 1": ["ssh-keygen", "-t", "ecdsa", "-m", "PEM"],
}


@pytest.fixture(scope="module", params=KEYS)
def key(request, tmp_path_factory):
    """A private key and its public half, as files hold them."""
    file = tmp_path_factory.mktemp("key") / "key"
    subprocess.run([*KEYS[request.param], "-q", "-N", "", "-f", str(file)], check=True)
    # Of an Ed25519 key it knows no such form.
    pem = ["ssh-keygen", "-e", "-m", "PKCS8", "-f", f"{file}.pub"]
    public = subprocess.run(pem, check=False, capture_output=True).stdout
    return file.read_bytes(), file.with_name("key.pub").read_bytes() + public


needs_ssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen makes the keys")


@needs_ssh
def test_of_a_key_every_secret_part_is_guarded_alone_and_in_base64(key):
    private, _ = key
    search = Search([values.secret(private)])
    assert search
    for value in values.secret(private):
        # Of base64 in base64 a line is long enough for its own.
        if len(value) >= 24:
            assert any(search.of(b"x" + base64.b64encode(b"y" + value + b"z")))
    assert any(search.of(private))
    assert any(search.of(b"".join(private.splitlines())))
    assert any(search.of(base64.b64encode(private)))
    assert any(search.of(json.dumps(private.decode()).encode()))


@needs_ssh
def test_the_public_half_of_a_key_is_no_secret(key):
    private, public = key
    assert not any(Search([values.secret(private)]).of(public))


def test_of_an_encrypted_key_all_but_its_first_line_is_guarded():
    body = [base64.b64encode(bytes([n]) + bytes(range(47))).decode() for n in range(4)]
    text = "\n".join(
        ["-----BEGIN ENCRYPTED PRIVATE KEY-----", *body, "-----END ENCRYPTED PRIVATE KEY-----"]
    )
    assert values.secret(text.encode()) == tuple(line.encode() for line in body[1:])


# What follows: layouts.

SEARCH = Search([[b"another-secret-1"], [TOKEN]])
CLEAN = tar({"etc/passwd": b"root:x:0:0\n"})


def searched(made: Layout, within: Limits):
    return guard.search(made.directory, SEARCH, within).found


@pytest.fixture
def made(tmp_path):
    return Layout(tmp_path / "layout")


LAYERS = {
    "a file": (tar({"root/.npmrc": b"x" + TOKEN}), "file /root/.npmrc"),
    "a file in the midst of others": (
        tar({"a": b"1" * 5000, "root/.npmrc": b"x" * 700 + TOKEN + b"y", "b": b"2"}),
        "file /root/.npmrc",
    ),
    "the name of a file": (tar({f"tmp/{TOKEN.decode()}/x": b""}), "the name of a file"),
    "a long name": (tar({"d" * 150 + TOKEN.decode(): b""}), "the name of a file"),
    "the target of a link": (
        tar({}, entry("l", type=b"2", linkname=TOKEN.decode())),
        "the target of its link, file /l",
    ),
    "an attribute": (
        tar({}, entry("f", pax_headers={"SCHILY.xattr.user.t": TOKEN.decode()})),
        "its attribute user.t, file /f",
    ),
    "a name of an owner": (tar({}, entry("f", uname=TOKEN.decode())), "its owner's name, file /f"),
    "a whiteout's layer below": (tar({"x": TOKEN, ".wh.x": b""}), "file /x"),
    "behind the end": (CLEAN + TOKEN, "(sha256:"),
}


@pytest.mark.parametrize("packed", layouts.PACK)
@pytest.mark.parametrize("kind", LAYERS)
def test_a_secret_anywhere_in_a_layer_is_found(made, within, kind, packed):
    layer, where = LAYERS[kind]
    steps = history("base", "ENV A=b", "RUN leak", "RUN rm /root/.npmrc")
    made.image([CLEAN, layer, CLEAN], {"history": steps}, packed=packed)
    made.finish()
    found = searched(made, within)
    assert found is not None
    assert found.hit.secret == 1
    assert found.where.startswith("layer 2 of 3 (sha256:")
    assert where in found.where
    assert TOKEN.decode() not in found.where
    assert found.step == 2


def test_a_layer_of_several_gzip_files_is_read_to_its_end(made, within, monkeypatch):
    layer = tar({"a": b"1" * 3000, "b": TOKEN})
    halves = b"".join(layouts.PACK["+gzip"](part) for part in (layer[:2000], layer[2000:]))
    monkeypatch.setitem(layouts.PACK, "+gzip", lambda _layer: halves)
    made.image([layer])
    made.finish()
    assert searched(made, within).where.endswith("file /b")


CONFIGS = {
    "ENV": ({"config": {"Env": ["A=b", "TOKEN=%s"]}}, "the image's configuration: ENV TOKEN"),
    "a label": ({"config": {"Labels": {"x": "y %s"}}}, "the image's configuration: label x"),
    "a label's name": (
        {"config": {"Labels": {"a %s": ""}}},
        "the image's configuration: label (its name)",
    ),
    "a command": ({"config": {"Cmd": ["sh", "%s"]}}, "the image's configuration: config.Cmd"),
    "the history": ({"history": [{"created_by": "RUN |1 T=%s x"}]}, "the image's history"),
    "an author": ({"author": "%s"}, "the image's configuration: author"),
}


@pytest.mark.parametrize("kind", CONFIGS)
@pytest.mark.parametrize("form", [bytes, base64.b64encode])
def test_a_secret_anywhere_in_a_configuration_is_found(made, within, kind, form):
    config, where = CONFIGS[kind]
    value = json.dumps(form(TOKEN).decode())[1:-1]
    made.image([CLEAN], json.loads(json.dumps(config).replace("%s", value)))
    made.finish()
    found = searched(made, within)
    assert found is not None
    assert found.where == where


def test_a_secret_in_annotations_is_found(made, within):
    made.image([CLEAN], annotations={"a": TOKEN.decode()})
    made.finish()
    assert searched(made, within).where == "the image's manifest: annotations.a"


def test_a_secret_in_an_index_is_found(made, within):
    made.image([CLEAN])
    made.finish(index=True, annotations={"a": TOKEN.decode()})
    assert searched(made, within).where == "the image's index: annotations.a"


def test_a_secret_in_any_platforms_image_is_found(made, within):
    made.image([CLEAN])
    made.image([tar({"x": TOKEN})], platform="linux/arm64")
    made.finish(index=True)
    found = searched(made, within)
    assert found.image.platform == "linux/arm64"


def test_a_secret_in_what_no_manifest_names_is_found(made, within):
    made.image([CLEAN])
    made.document({"predicate": {"args": {"T": TOKEN.decode()}}}, "application/vnd.in-toto+json")
    made.finish()
    assert searched(made, within).where == "a document beside the image: predicate.args.T"


def test_in_a_clean_image_nothing_is_found(made, within):
    made.image([CLEAN, tar({"x": TOKEN[:-1]})], {"config": {"Env": ["A=b"]}})
    made.finish()
    assert searched(made, within) is None


def test_a_search_ends_when_the_build_is_told_to(made):
    made.image([CLEAN])
    made.finish()
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        searched(made, Limits(time.monotonic() + 30, stop))


# What follows: what is said of it.

TEXT = """FROM x AS base
ARG V
FROM base AS app
ENV A=b
RUN leak
FROM scratch AS other
RUN leak
"""
BUILT = ("base", "ARG V", "ENV A=b", "RUN /bin/sh -c leak # buildkit")


@pytest.mark.parametrize(
    ("target", "made_by", "step", "line"),
    [
        ("app", BUILT, 3, 5),
        ("APP", BUILT, 2, 4),
        ("app", BUILT, 1, 2),
        # The base's own, and a history that is not this Dockerfile's.
        ("app", BUILT, 0, 0),
        ("app", ("base", "RUN leak", "ENV A=b", "COPY x"), 3, 0),
        (None, ("RUN leak",), 0, 7),
    ],
)
def test_a_step_of_the_history_is_a_line_of_the_dockerfile(target, made_by, step, line):
    assert origin.line_of(dockerfile.read(TEXT), target, made_by, step) == line


def told(made, within, *, place=Place()):  # noqa: B008 - frozen
    source = Source("npm", "team-npm", "token", Path("/x"))
    return refusal.failure(searched(made, within), source, place=place, search=SEARCH)


def test_the_failure_names_secret_layer_file_and_step_and_not_the_value(made, within):
    steps = history("RUN |1 V=1 /bin/sh -c cp /run/secrets/npm /root/.npmrc # buildkit")
    made.image([tar({"root/.npmrc": base64.b64encode(TOKEN)})], {"history": steps})
    made.finish()
    place = Place("spec.stages[0].steps[1]", "app", 1)
    failure = told(made, within, place=place)
    digest = layout.images(made.directory)[0].layers[0]
    assert failure.error == (
        "SecretLeaked: the value of secret npm (Secret team-npm, key token) is in layer 1 of 1 "
        f"({digest}), file /root/.npmrc, as base64, made by `RUN |1 V=1 /bin/sh -c cp "
        "/run/secrets/npm /root/.npmrc`"
    )
    assert failure.cause is Cause.LEAK
    assert (failure.stage, failure.step, failure.path) == ("app", 1, "spec.stages[0].steps[1]")
    assert failure.secret == "team-npm"  # noqa: S105 - a name


def test_an_instruction_that_holds_the_secret_is_not_repeated(made, within):
    made.image([tar()], {"history": history(f"RUN |1 T={TOKEN.decode()} /bin/sh -c true")})
    made.finish()
    failure = told(made, within)
    assert failure.error.endswith("made by `RUN`, whose text holds it")
    assert TOKEN.decode() not in failure.error


def test_the_place_is_the_instructions(made, within):
    made.image([tar({"x": TOKEN})], {"history": history("base", "RUN leak")[1:]})
    made.finish()
    read = dockerfile.read("FROM scratch AS app\nRUN leak\n")
    order = replace(ORDER, dockerfile_path="Dockerfile")
    lines = Lines.of(order, dockerfile.order_stages(read, path="Dockerfile"))
    assert origin.place(searched(made, within), "app", read, lines).line == 2


@pytest.mark.parametrize(
    ("target", "made_by", "step", "base"),
    [
        ("app", BUILT, 0, "x"),
        ("app", ("RUN theirs", *BUILT[1:]), 0, "x"),
        ("base", ("RUN theirs", "CMD theirs", "ARG V"), 1, "x"),
        # Of the build itself; of no Dockerfile like this; of a base that is none.
        ("app", BUILT, 3, None),
        ("app", ("base", "ARG V", "ENV A=b", "COPY x"), 0, None),
        (None, ("RUN theirs", "RUN leak"), 0, None),
    ],
)
def test_what_came_with_the_base_image_is_told_of_it_and_no_step(target, made_by, step, base):
    config = {"history": history(*made_by)}
    image = layout.Image("m", "c", "", config, layers=(), sizes=())
    found = guard.Found(Hit(0, "as it is"), "layer 1 of 2", image, step)
    read = dockerfile.read(TEXT)
    stage = origin.base_of(found, target, read)
    assert (stage and stage.base) == base
    if base:
        lines = Lines.of(ORDER, dockerfile.order_stages(read, path="Dockerfile"))
        assert origin.place(found, target, read, lines).stage == "base"
        source = Source("npm", "team-npm", "token", Path("/x"))
        said = refusal.failure(found, source, place=Place(), search=SEARCH, base=base)
        assert said.error.endswith("layer 1 of 2, as it is, from the base image x")


# What follows: what is guarded.


def written(directory, **files):
    directory.mkdir()
    for name, content in files.items():
        (directory / name.replace("_", "-")).write_bytes(content)
    return str(directory)


def test_secrets_ssh_keys_and_the_credentials_of_registries_and_git_are_guarded(tmp_path):
    npm = written(tmp_path / "npm", token=b"npm-token-123456\n")
    ssh = written(
        tmp_path / "deploy", identity=b"ssh-key-of-flux-1", known_hosts=b"git.example x y"
    )
    git = written(tmp_path / "git", username=b"a-user-name-1234", password=b"git-password-123")
    registry = written(tmp_path / "push")
    auth = b'{"auths": {"r.example": {"password": "push-password-1"}}}'
    Path(registry, ".dockerconfigjson").write_bytes(auth)
    order = replace(
        ORDER,
        secrets=(Secret("npm", "npm", "token", f"{npm}/token"),),
        ssh=(Ssh("default", "deploy", ssh),),
        contexts=(Context("context", git=Git("https://git.example/x", secret=git)),),
        registry_secrets=(registry,),
    )
    guarded = Guarded(order)
    guarded.look()
    assert dict(zip(map(str, guarded.sources), guarded.values(), strict=True)) == {
        "secret npm (Secret npm, key token)": (b"npm-token-123456",),
        "secret default (Secret deploy, key identity)": (b"ssh-key-of-flux-1",),
        "Secret push, key .dockerconfigjson": (auth, b"push-password-1"),
        "Secret git, key password": (b"git-password-123",),
    }
    assert list(guarded.unguarded()) == []


def test_of_a_registrys_secret_the_credentials_are_guarded_whatever_other_keys_it_has(tmp_path):
    auth = b'{"auths": {"r.example": {"username": "u", "password": "push-password-1"}}}'
    place = written(tmp_path / "pull", token=b"other-token-1", username=b"u-of-pull-12")
    Path(place, ".dockerconfigjson").write_bytes(auth)
    guarded = Guarded(replace(ORDER, registry_secrets=(place,)))
    guarded.look()
    assert dict(zip(map(str, guarded.sources), guarded.values(), strict=True)) == {
        "Secret pull, key .dockerconfigjson": (auth, b"push-password-1"),
        "Secret pull, key token": (b"other-token-1",),
    }


def test_a_value_that_was_renewed_is_guarded_as_it_was_too(tmp_path):
    npm = written(tmp_path / "npm", token=b"npm-token-123456")
    guarded = Guarded(replace(ORDER, secrets=(Secret("npm", "npm", "token", f"{npm}/token"),)))
    guarded.look()
    Path(npm, "token").write_bytes(b"npm-token-abcdef")
    guarded.look()
    assert guarded.values() == ((b"npm-token-123456", b"npm-token-abcdef"),)


def test_a_value_that_was_there_in_between_is_guarded_while_the_files_are_watched(tmp_path):
    npm = written(tmp_path / "npm", token=b"npm-token-123456")
    guarded = Guarded(replace(ORDER, secrets=(Secret("npm", "npm", "token", f"{npm}/token"),)))
    with guarded.watched():
        new = Path(npm, "new")
        # As a kubelet does it: the file is the old one, then the new one.
        for value in (b"npm-token-abcdef", b"npm-token-ghijkl"):
            new.write_bytes(value)
            new.replace(Path(npm, "token"))
            ends = time.monotonic() + 20
            while (value,) != guarded.values()[0][-1:] and time.monotonic() < ends:
                time.sleep(0.01)
    Path(npm, "token").write_bytes(b"npm-token-unseen")
    assert guarded.values() == ((b"npm-token-123456", b"npm-token-abcdef", b"npm-token-ghijkl"),)


def test_what_is_too_short_is_told_and_what_is_empty_or_absent_is_not(tmp_path):
    npm = written(tmp_path / "npm", token=b"short", empty=b"\n")
    secrets = tuple(Secret(key, "npm", key, f"{npm}/{key}") for key in ("token", "empty", "none"))
    guarded = Guarded(replace(ORDER, secrets=secrets))
    guarded.look()
    assert list(guarded.unguarded()) == ["what secret token (Secret npm, key token) holds"]


GOOD = b"GOOD_TOKEN=tok_9fJq2Lx8Zr5\n"
# A content -> what is said of it behind the secret's name.
UNGUARDED = {
    b"DB_PASSWORD=s3cr3t!\n" + GOOD: [" as DB_PASSWORD"],
    b"DB_PASSWORD=s3cr3t! # that of the database\n" + GOOD: [" as DB_PASSWORD"],
    b"PIN=1234\nDEBUG=1\nAUTH=true\nHOST=db.example.com\n" + GOOD: [" as PIN"],
    b'{"auths": {"r": {"auth": "bWU6cHc="}}, "t": {"token": "tok_9fJq2Lx8Zr5"}}': [" as auth"],
    b'{"password": "pw", "token": "tok_9fJq2Lx8Zr5"}': [" as password"],
    # A name that is itself a secret, or may be one, is not told.
    b"token_9fJq2Lx8Zr5=x\n" + GOOD: [""],
    b"url = https://me:pw@host.example/\n" + GOOD: [""],
    b"machine h login me password pw1\n" + GOOD: [" as password"],
    GOOD: [],
    b"PASSPHRASE=correct horse battery staple\n": [],
    b"KEY_URL=https://host.example/keys\n" + GOOD: [],
}


@pytest.mark.parametrize("content", UNGUARDED)
def test_each_value_that_is_called_a_secret_and_cannot_be_searched_for_is_told(tmp_path, content):
    npm = written(tmp_path / "npm", env=content)
    guarded = Guarded(replace(ORDER, secrets=(Secret("npm", "npm", "env", f"{npm}/env"),)))
    guarded.look()
    said = [f"what secret npm (Secret npm, key env) holds{words}" for words in UNGUARDED[content]]
    assert list(guarded.unguarded()) == said


# What follows: tokens that are nobody's here.

A_KEY = (
    "-----BEGIN EC PRIVATE KEY-----\n" + "MHcCAQEEIBd5zJq4b1Xw7tR2nK9sL0pQ3vF6yH8mC1aE" * 2 + "\n"
)
TOKENS = {
    "aws": "key = AKIAIOSFODNN7EXAMPLE\n",
    "azure_storage_key": "AccountKey=" + "a" * 88,
    "github_token": "ghp_" + "w1" * 18,
    "gitlab_token": "glpat-hellOworld380_testin",
    "npm": "//npm.example/:_authToken=npm_abc",
    "openai": "sk-" + "Xi8tcNiHV9awbCcvTeTE" + "T3BlbkFJ" + "x3" * 10,
    "private_key": A_KEY,
    "pypi_token": "pypi-AgEIcHlwaS5vcmc" + "a1" * 40,
    "sendgrid": "SG." + "a" * 22 + "." + "b" * 43,
    "slack": "xoxb-34532454-e039d02840a0b9379c",
    "square_oauth": "sq0csp-" + "a" * 43,
    "stripe": "sk_live_" + "Re1lpYQYfIZu2Jnf2lAP" + "FjDx",
}


def watched(chunks):
    watch = tokens.Watch()
    assert b"".join(watch.over(chunks)) == b"".join(chunks)
    return list(watch.found)


@pytest.mark.parametrize("rule", tokens.RULES)
@pytest.mark.parametrize("size", [1, 7, 700, 5000])
def test_what_looks_like_a_token_is_seen_wherever_it_is_cut(rule, size):
    data = b"x = 1\n" * 300 + TOKENS[rule].encode() + b"\n" + b"y = 2\n" * 200
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert len(watched(chunks)) == 1


@pytest.mark.parametrize(
    "text",
    ["-----BEGIN RSA PRIVATE KEY-----\0-----END RSA PRIVATE KEY-----", "ghp_short", "SG.x", "AKIA"],
)
def test_a_mark_alone_is_no_token(text):
    assert watched([text.encode() * 3]) == []


def test_a_token_is_told_by_rule_and_file_in_the_layers_of_the_build_alone(made, within):
    layer = tar({"etc/a": b"x", "etc/stripe": TOKENS["stripe"].encode()})
    base = tar({"usr/share/example": TOKENS["stripe"].encode()})
    made.image([base, layer], {"history": history("base", "RUN x")})
    made.finish()
    (image,) = layout.images(made.directory)
    own = frozenset(origin.own_layers(image, None, dockerfile.read("FROM base\nRUN x\n")))
    assert own == {image.layers[1]}
    (token,) = guard.search(made.directory, Search([]), within, own=own).tokens
    assert token.rule == "Stripe Access Key"
    assert token.where == f"file /etc/stripe (layer {image.layers[1]})"


def test_with_a_secret_in_it_nothing_else_is_said_of_an_image(made, within):
    made.image([tar({"x": TOKENS["stripe"].encode() + b"\n" + TOKEN})])
    made.finish()
    result = guard.search(made.directory, SEARCH, within)
    assert result.found
    assert result.tokens == ()
