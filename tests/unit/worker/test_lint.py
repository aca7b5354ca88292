"""Each rule with what it finds and what it must let pass, in both forms that a RUN can have."""

import json
import re
import time
from collections.abc import Sequence

import pytest

from imagebuild.worker import dockerfile, lint

# Without a warning of any kind; what a case adds or takes away is then all that is found.
CALM = "FROM base:1 AS only\nUSER 65532\n"


def rendered(script: str) -> str:
    """A RUN as it is rendered of a step."""
    return f"RUN {json.dumps(['/bin/sh', '-c', f'set -e{chr(10)}{script}'])}"


def found(
    text: str, *, published: Sequence[str | None] = (None,), contexts: Sequence[str] = ()
) -> list[tuple[str, int]]:
    """The rules and lines of what is found."""
    read = dockerfile.read(text, platforms=["linux/amd64"])
    return [(w.rule, w.line) for w in lint.warnings(read, published=published, contexts=contexts)]


def lines(rule: str, text: str, **given: Sequence[str]) -> list[int]:
    """The lines at which a rule is found."""
    return [line for name, line in found(text, **given) if name == rule]


def test_a_calm_file_is_not_warned_of():
    assert found(CALM) == []


def test_a_file_without_stages_is_not_warned_of():
    assert found("ARG A\n") == []


UNNAMED = {
    "FROM a:1\nFROM b:1 AS c\n": [1],
    "FROM a:1 AS c\nFROM b:1\n": [2],
    "FROM a:1\nFROM b:1\n": [1, 2],
    "FROM a:1\n": [],
    "FROM a:1 AS b\nFROM b AS c\n": [],
    "FROM a:1 AS stage-0\nFROM b:1 AS stage-1\n": [],
}


@pytest.mark.parametrize(("text", "expected"), UNNAMED.items())
def test_a_stage_without_a_name(text, expected):
    assert lines("UnnamedStage", text) == expected


LATEST = {
    "FROM golang\n": [1],
    "FROM golang:latest\n": [1],
    "FROM registry.example.com:5000/golang\n": [1],
    "FROM a/b:latest AS c\nFROM c\n": [1],
    "ARG V=latest\nFROM golang:$V\n": [2],
    "FROM a:1\nCOPY --from=busybox /bin/sh /\n": [2],
    "FROM a:1\nRUN --mount=from=busybox,target=/x y\n": [2],
    "FROM a AS x\nCOPY --from=busybox / /\nFROM b AS y\n": [1, 3],
    "FROM golang:1.25\n": [],
    "FROM golang@sha256:" + "0" * 64 + "\n": [],
    "FROM golang:latest@sha256:" + "0" * 64 + "\n": [],
    "FROM registry.example.com:5000/golang:1\n": [],
    "FROM scratch\n": [],
    "FROM a:1 AS latest\nFROM latest\nCOPY --from=LATEST / /\nCOPY --from=0 / /\n": [],
    "FROM a:1 AS x\nRUN --mount=type=cache,target=/c --mount=from=x,target=/d y\n": [],
    "ARG V\nFROM golang:${V:-1}\n": [],
    "FROM source\nCOPY --from=source / /\n": [],
    "FROM source:latest\n": [],
    'FROM a:1\nCOPY --from=imagebuild.files ["/0-0", "/x"]\n': [],
}


@pytest.mark.parametrize(("text", "expected"), LATEST.items())
def test_an_image_without_a_version(text, expected):
    assert lines("LatestBase", text, contexts=["source"]) == expected


INSTALLS = {
    "apt-get update && apt-get install -y gcc": True,
    "DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends build-essential":
        True,
    "apk add --no-cache build-base": True,
    "apk add --no-cache --virtual .deps gcc musl-dev": True,
    "dnf install -y gcc-c++ && dnf clean all": True,
    "microdnf install java-21-openjdk-devel": True,
    "zypper in -y cmake": True,
    "apt install golang-1.25": True,
    "sudo apt-get install -y libpq-dev=17.1-1": True,
    "set -ex; apt-get install openjdk-21-jdk-headless": True,
    "if x; then apk add make; fi": True,
    "apt-get install -y libpq5 curl": False,
    "apt-get install -y openjdk-21-jre-headless": False,
    "apk add --no-cache --no-dev ca-certificates": False,
    "apk add --virtual .deps gcc && make && apk del .deps": False,
    "apt-get install -y gcc && make && apt-get purge -y gcc": False,
    "dnf install -y gcc && dnf remove -y gcc": False,
    "echo apt-get install gcc": False,
    "pip install cmake": False,
    "# apt-get install gcc": False,
    "echo 'x\napk add gcc'": False,
}  # fmt: skip


@pytest.mark.parametrize(("script", "is_found"), INSTALLS.items())
def test_a_compiler_that_is_installed(script, is_found):
    expected = [3] if is_found else []
    for run in (rendered(script), f"RUN <<EOF\n{script}\nEOF"):
        assert lines("CompilerInFinalStage", f"{CALM}{run}\n") == expected


BUILDERS = {
    "golang:1.25": True,
    "golang@sha256:" + "0" * 64: True,
    "registry.example.com/library/rust:1-slim": True,
    "maven:3-eclipse-temurin-21": True,
    "eclipse-temurin:21-jdk-alpine": True,
    "mcr.example.com/dotnet/sdk:9.0": True,
    "buildpack-deps:trixie": True,
    "eclipse-temurin:21-jre": False,
    "mcr.example.com/dotnet/aspnet:9.0": False,
    "python:3.14": False,
    "node:24": False,
    "debian:13-slim": False,
    "team/golang-service:1": False,
    "scratch": False,
}


@pytest.mark.parametrize(("image", "is_found"), BUILDERS.items())
def test_a_published_image_on_a_base_that_compiles(image, is_found):
    text = f"FROM {image} AS build\nFROM build AS app\nUSER 1\n"
    assert lines("CompilerInFinalStage", text) == ([1] if is_found else [])


def test_compilers_are_right_where_nothing_is_published():
    text = f"FROM golang:1 AS build\n{rendered('apt-get install -y gcc')}\n{CALM}"
    assert found(text) == []
    assert [rule for rule, _ in found(text, published=["build"])] == [
        "CompilerInFinalStage",
        "RootUser",
    ]


CACHES = {
    "apt-get update && apt-get install -y curl": True,
    "apt-get update": True,
    "apk add curl": True,
    "apk update && apk add curl": True,
    "dnf -y install curl": True,
    "yum install -y curl && rm -rf /tmp/*": True,
    "zypper install curl": True,
    "pip install flask": True,
    "python3 -m pip install flask": True,
    "/venv/bin/pip3.13 install -r requirements.txt": True,
    "npm ci --omit=dev": True,
    "apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*": False,
    "apt-get install -y ./x.deb": False,
    "apk add --no-cache curl": False,
    "apk --no-cache add curl": False,
    "apk add curl && rm -rf /var/cache/apk/*": False,
    "dnf install -y curl && dnf clean all": False,
    "yum install -y curl \\\n && yum -y clean all": False,
    "pip install --no-cache-dir flask": False,
    "pip install --no-index --find-links=/wheels flask": False,
    "PIP_NO_CACHE_DIR=1 pip install flask": False,
    "pip list": False,
    "apk update && apk upgrade": True,
    "apk upgrade --no-cache": False,
    "npm ci && npm cache clean --force": False,
    "npm run build": False,
    "curl -O https://example.com/apt-get": False,
}


@pytest.mark.parametrize(("script", "is_found"), CACHES.items())
def test_package_lists_that_stay(script, is_found):
    expected = [3] if is_found else []
    for run in (rendered(script), f"RUN {script}"):
        assert lines("PackageCacheInFinalStage", f"{CALM}{run}\n") == expected
        before = f"FROM a:1 AS build\n{run}\n{CALM}"
        assert lines("PackageCacheInFinalStage", before) == []


OUTSIDE = {
    "RUN --mount=type=cache,target=/root/.cache/pip pip install x": [],
    "RUN --mount=type=cache,dst=/root/.cache/ pip install x": [],
    "RUN --mount=type=tmpfs,target=/var/lib/apt/lists apt-get update": [],
    "RUN --mount=type=cache,target=/var/cache/apt apt-get update": [3],
    "RUN --mount=type=bind,target=/root/.cache/pip pip install x": [3],
    "ENV PIP_NO_CACHE_DIR=1\nRUN pip install x": [],
    "ENV OTHER=1\nRUN pip install x": [4],
    'RUN ["apk", "add", "curl"]': [3],
    'RUN ["apk", "add", "--no-cache", "curl"]': [],
}


@pytest.mark.parametrize(("run", "expected"), OUTSIDE.items())
def test_package_lists_outside_of_the_layer_do_not_stay(run, expected):
    assert lines("PackageCacheInFinalStage", f"{CALM}{run}\n") == expected


GO = "FROM golang:1 AS build\nCOPY . .\nRUN go build -o /app .\n"
WHOLE = {
    f"{GO}FROM a:1 AS app\nCOPY . /src\nCOPY --from=build /app /\n": [5],
    f"{GO}FROM a:1 AS app\nADD ./ /src\n": [5],
    f'{GO}FROM a:1 AS app\nCOPY ["*", "/src/"]\n': [5],
    f"{GO}FROM a:1 AS app\nCOPY --from=source . /src\n": [5],
    f"{GO}FROM build AS app\n": [2],
    "FROM golang:1\nCOPY . .\nCMD go run .\n": [2],
    f"FROM a:1\nCOPY . .\n{rendered('make all')}\n": [2],
    "FROM a:1\nCOPY . .\nRUN cmake -B build && cmake --build build\n": [2],
    "FROM maven:3\nCOPY . .\nRUN ./mvnw package\n": [2],
    f"{GO}FROM a:1 AS app\nCOPY --from=build /app /\n": [],
    f"{GO}FROM a:1 AS app\nCOPY --from=build . /\n": [],
    f"{GO}FROM a:1 AS app\nCOPY static/ /static\n": [],
    f"{GO}FROM a:1 AS app\nCOPY --exclude=*.go . /static\n": [],
    f"{GO}FROM a:1 AS app\nCOPY <<E /here\n.\nE\n": [],
    f"{GO}FROM python:3 AS app\nCOPY . /app\n": [],
    "FROM python:3\nCOPY . .\nRUN make install\n": [],
    "FROM node:24 AS build\nCOPY . .\nRUN npm run build\nFROM nginx:1\nCOPY . /html\n": [],
    "FROM a:1\nCOPY . .\nRUN go version\n": [],
    "FROM scratch\nCOPY . /\n": [],
}


@pytest.mark.parametrize(("text", "expected"), WHOLE.items())
def test_the_source_of_a_compiled_program(text, expected):
    assert lines("SourceInFinalStage", text, contexts=["source"]) == expected


@pytest.mark.parametrize(("number", "expected"), [(5, []), (6, [8]), (40, [8])])
def test_many_run_layers_begin_with_the_sixth(number, expected):
    runs = "".join(f"RUN step-{index}\n" for index in range(number))
    assert lines("ManyRunLayers", CALM + runs) == expected
    assert lines("ManyRunLayers", f"FROM a:1 AS build\n{runs}{CALM}") == []


FOUR = "RUN one\nRUN two\nRUN three\nRUN four\n"
CHAINS = {
    f"FROM a:1 AS b\n{FOUR}FROM b\nRUN five\n": [],
    f"FROM a:1 AS b\n{FOUR}FROM b\nRUN five\nRUN six\n": [8],
    f"FROM a:1 AS b\n{FOUR}RUN five\nRUN six\nFROM b\n": [8],
    f"FROM a:1 AS b\n{FOUR}FROM b AS c\nRUN five\nRUN six\nFROM c\nUSER 1\n": [9],
    f"FROM a:1 AS b\n{FOUR}ONBUILD RUN five\nFROM b\nRUN six\n": [8],
    f"FROM a:1 AS b\n{FOUR}RUN five\nRUN six\nFROM a:1\nCOPY --from=b / /\n": [],
}


@pytest.mark.parametrize(("text", "expected"), CHAINS.items())
def test_the_layers_of_an_image_are_those_of_all_that_it_is_built_from(text, expected):
    assert lines("ManyRunLayers", text) == expected


ROOT = {
    "FROM a:1\n": [1],
    "FROM scratch\n": [1],
    "FROM a:1\nUSER root\n": [2],
    "FROM a:1\nUSER 0\n": [2],
    'FROM a:1\nUSER "0:0"\n': [2],
    "FROM a:1\nUSER app\nRUN x\nUSER root:app\n": [4],
    "FROM a:1 AS b\nUSER root\nFROM b\n": [3],
    "FROM a:1 AS b\nUSER app\nFROM b\nUSER 0\n": [4],
    "FROM a:1 AS b\nUSER app\nFROM c:1\n": [3],
    "FROM a:1 AS b\nONBUILD USER 0\nFROM b\n": [3],
    "FROM a:1\nUSER app\n": [],
    "FROM a:1\nUSER root\nRUN x\nUSER 65532:65532\n": [],
    "FROM a:1\nUSER $APP_UID\n": [],
    "FROM a:1 AS b\nUSER app\nFROM b AS c\nFROM c\n": [],
    "FROM a:1 AS b\nONBUILD USER app\nFROM b\n": [],
    "FROM gcr.example.com/distroless/static:nonroot\n": [],
    "FROM nginxinc/nginx-unprivileged:1\n": [],
    "FROM scratch\nUSER 1\n": [],
}


@pytest.mark.parametrize(("text", "expected"), ROOT.items())
def test_an_image_that_runs_as_root(text, expected):
    assert lines("RootUser", text) == expected


def test_each_published_image_is_asked_for_its_user():
    text = "FROM a:1 AS base\nFROM base AS one\nFROM base AS two\nUSER 1\nFROM base AS three\n"
    assert lines("RootUser", text, published=["one", "TWO", None, "three", "absent"]) == [2, 5]


def test_where_nothing_is_published_the_last_stage_is_looked_at():
    text = "FROM a:1 AS base\nFROM base AS last\n"
    assert lines("RootUser", text, published=[]) == [2]


PIPES = {
    "curl -fsS https://example.com/x.tgz | tar xz": True,
    "wget -O - x |\n  sh": True,
    "a && curl x | sh && b": True,
    "curl x | sh || exit 1": True,
    "curl x |& tee log": True,
    "x=$(curl y | jq .z)": True,
    "(cd x; curl y) | sh": True,
    "echo a | curl -d @- x | tar x": True,
    "curl x | sh; set -o pipefail": True,
    "case $A in x|y) curl z | sh;; esac": True,
    "cat <<X | tee /f\na\nX\ncurl y | sh": True,
    "for a in b; do curl $a | sh; done": True,
    "set -o pipefail; curl x | sh": False,
    "set -euo pipefail\ncurl x | sh": False,
    "curl x || true": False,
    "echo 'a | b' \"c | d\" e\\|f": False,
    "# a | b\nc": False,
    "case $A in x|y|u) z;; (*|w|t) v;; esac": False,
    "case $A in x|y) case z in a|b|c) ;; esac;; d|e|f) g;; esac": False,
    "[[ $A =~ x|y ]] && z": False,
    "echo x >| y": False,
    "echo ${A%|*} $((1|2))": False,
    "cat > /f <<'X'\na | b\nX\nc": False,
    "cat > /f <<-X\n\ta | b\n\tX\nc": False,
    "echo $SUM file | sha256sum -c -": False,
    "printf '%s' x | base64 -d > y": False,
    "yes | x": False,
    "echo x | tee /f | tee /g": False,
    "if curl x | grep -q y; then z; fi": False,
    "while ! curl x | grep -q y; do z; done": False,
    "! ldd x | grep -q 'not found'": False,
    "ldd x | grep -q y || true": False,
    "ldd x | grep y | sort || :": False,
    "for a in b; do c; done | sort": False,
    "bash -o pipefail -c 'a | b'": False,
    "curl x": False,
    'x="$(curl y | jq .z)"': True,
    'x="$(curl "$Y" | jq .z)" || exit 1': True,
    'a --b="c $(d "$(curl y | jq .z)")"': True,
    'a "$(curl y | sh)" | grep -c z': True,
    "a \"$(curl 'y' | (jq .z))\" && b": True,
    "cat /etc/x | sort": True,
    "curl x | cat | sort": True,
    "curl x | grep y || exit 1": True,
    'x="$(curl y | jq .z)" || true': False,
    'if [ "$(a | b)" = c ]; then d; fi': False,
    '[ "$(a | b)" = c ] || exit 1': False,
    'set -o pipefail; x="$(curl y | jq .z)"': False,
    'x="$(set -o pipefail; curl y | jq .z)"': False,
    'a "\\$(b | c)" "$((1|2))" "$(d)" \'"$(e | f)"\'': False,
    "cat <<X | sort > /f\na\nX": False,
    "cat - <<X | sort\na\nX": False,
    'cat <<< "$X" | sort': False,
    "curl x | grep -q y || exit 1": False,
    "curl x | sort | grep -iqE y && z": False,
    "curl x | grep --quiet y": False,
}


@pytest.mark.parametrize(("script", "is_found"), PIPES.items())
def test_a_pipe_that_hides_a_failure(script, is_found):
    expected = [3] if is_found else []
    for run in (rendered(script), f"RUN <<EOF\n{script}\nEOF"):
        assert lines("PipeWithoutPipefail", f"{CALM}{run}\n") == expected


SHELLS = {
    "RUN a | b": [3],
    "RUN a \\\n  # c | d\n  | b": [3],
    "RUN <<E cat > /f && a | b\nx\nE": [3],
    "RUN bash <<E\na | b\nE": [3],
    "RUN bash -eo pipefail <<E\na | b\nE": [],
    "RUN python3 <<E\na | b\nE": [],
    "RUN <<E\n#!/usr/bin/env python3\na | b\nE": [],
    "RUN <<E\n#!/bin/bash\na | b\nE": [3],
    "RUN <<E\n#!/bin/bash -euo pipefail\na | b\nE": [],
    'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN a | b': [],
    'SHELL ["/bin/bash", "-c"]\nRUN a | b': [4],
    'SHELL ["powershell", "-command"]\nRUN a | b': [],
    'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nUSER 1\nFROM only\nRUN a | b': [],
    'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nUSER 1\nFROM a:1\nRUN a | b': [6],
    'RUN ["/bin/bash", "-eo", "pipefail", "-c", "a | b"]': [],
    'RUN ["/bin/bash", "-ec", "a | b"]': [3],
    'RUN ["busybox", "sh", "-c", "a | b"]': [3],
    'RUN ["python3", "-c", "a | b"]': [],
    'RUN ["/bin/sh", "a | b"]': [],
    'RUN ["a", "|", "b"]': [],
    "RUN": [],
}


@pytest.mark.parametrize(("text", "expected"), SHELLS.items())
def test_a_pipe_is_read_by_the_shell_that_runs_it(text, expected):
    assert lines("PipeWithoutPipefail", f"{CALM}{text}\n") == expected


KEPT = {
    "RUN --mount=type=cache,target=/c x": [3],
    f"RUN --mount=target=/c,TYPE=Cache {rendered('x').removeprefix('RUN ')}": [3],
    "RUN --mount=type=bind,target=/c --mount=type=cache,target=/d x": [3],
    "RUN --mount=type=cache,target=/c x\nRUN --mount=type=cache,target=/d y": [3],
    "RUN --mount=type=cache,target=/c x\nFROM a:1 AS o\nRUN --mount=type=cache,target=/c y": [3, 5],
    "RUN --mount=type=tmpfs,target=/c x": [],
    "RUN --mount=type=secret,id=cache x": [],
    "RUN x --mount=type=cache,target=/c": [],
}


@pytest.mark.parametrize(("text", "expected"), KEPT.items())
def test_a_cache_mount_that_nothing_keeps(text, expected):
    assert lines("CacheMountNotKept", f"{CALM}{text}\n") == expected


def test_a_rule_is_said_once_of_a_stage():
    text = f"{CALM}RUN a | b\nRUN c | d\nFROM only\nRUN e | f\n"
    assert lines("PipeWithoutPipefail", text) == [3, 6]


def test_warnings_come_in_the_order_of_the_file():
    text = "FROM golang\nFROM a\nRUN --mount=type=cache,target=/c curl x | sh\n"
    assert found(text) == [
        ("UnnamedStage", 1),
        ("LatestBase", 1),
        ("UnnamedStage", 2),
        ("LatestBase", 2),
        ("RootUser", 2),
        ("PipeWithoutPipefail", 3),
        ("CacheMountNotKept", 3),
    ]


def test_a_message_says_what_is_better_and_stays_short():
    name = "x" * 10_000
    text = f"FROM {name}\nFROM golang\nRUN apk add gcc {name}-dev && {name} | y\n"
    messages = [w.message for w in lint.warnings(dockerfile.read(text), published=[None])]
    assert len(messages) == 8
    for message in messages:
        assert re.search(r": (\w|-)+ ", message), message
        assert len(message) <= 250, message


SKIPS = {
    "#check=skip=RootUser": ["LatestBase"],
    "# check=skip=JSONArgsRecommended, RootUser": ["LatestBase"],
    "# syntax=docker/dockerfile:1\n# CHECK = error=true;skip=LatestBase,RootUser": [],
    "# check=skip=all": [],
    "# check=skip=all;error=true": [],
    "# check=error=true": ["LatestBase", "RootUser"],
    "# check=skip=UndefinedVar": ["LatestBase", "RootUser"],
    "# a comment\n# check=skip=all": ["LatestBase", "RootUser"],
    "ARG A\n# check=skip=all": ["LatestBase", "RootUser"],
}


@pytest.mark.parametrize(("head", "expected"), SKIPS.items())
def test_rules_that_the_file_says_to_skip_find_nothing(head, expected):
    assert [rule for rule, _ in found(f"{head}\nFROM a\n")] == expected


def test_no_script_takes_longer_than_its_length_says():
    for piece in ('"$(a ', '"$("a"', "$(", '"$()', "\"$('", '"$(a "b" '):
        began = time.monotonic()
        found(f"{CALM}RUN {piece * (30_000 // len(piece))}\n")
        assert time.monotonic() - began < 5, piece


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("RUN apk add --no-cache gcc", "gcc stays in the published image"),
        ('RUN ["apt-get", "install", "-y", "gcc"]', "gcc stays in the published image"),
        ("RUN apk add --no-cache gcc make", "gcc, make stay in the published image"),
        ("RUN apk update && apk upgrade", "apk upgrade --no-cache, which need no apk update"),
    ],
)
def test_a_message_speaks_of_what_was_found(run, words):
    read = dockerfile.read(f"{CALM}{run}\n")
    (message,) = (w.message for w in lint.warnings(read, published=[None]))
    assert words in message
