"""Which words on BuildKit's disk are those of an instruction."""

import time

import pytest

from imagebuild.worker.solve import descriptions


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("[builder 2/4] WORKDIR /app", "WORKDIR /app"),
        ("[other 7/9] COPY --from=b /x /y", "COPY --from=b /x /y"),
        ("[a 2/4] ONBUILD COPY main.txt /x", "COPY main.txt /x"),
        ("mount / from exec /bin/sh -c go build", "RUN go build"),
        (
            "mount / from exec /bin/sh -c go build && x",
            "RUN --mount=type=cache,target=/c --network=none go build  && x",
        ),
        ("mount / from exec /bin/bash -o pipefail -c a | b", "RUN a | b"),
        ("mount / from exec /bin/sh -c set -e\nmake", 'RUN ["/bin/sh", "-c", "set -e\\nmake"]'),
        ("mount / from exec /prog a b", 'RUN ["/prog", "a", "b"]'),
        ("mount / from exec /bin/sh -c echo two\necho three\n", "RUN <<END (echo two...)"),
        ("mount / from exec /bin/sh -c echo $WHO > x", "RUN echo me > x"),
        ("mount / from exec /bin/sh -c echo ${WHO:-you}$HOME $X", "RUN echo me/root $X"),
        ("mount / from exec /bin/sh -c echo $WHO\necho b\n", "RUN <<'E' (echo me...)"),
        ("mount / from exec /bin/sh -c $A$B", "RUN "),
    ],
)
def test_a_record_describes_the_instruction_that_made_it(description: str, said: str) -> None:
    assert descriptions.describes(description, said)


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("[builder 2/4] WORKDIR /app", "WORKDIR /apps"),
        ("mount / from exec /bin/sh -c go build", "RUN go build ."),
        ("mount / from exec /bin/sh -c go build", "COPY go build"),
        ("mount / from exec /prog a b", "RUN a b"),
        ("mount / from exec /prog a b", 'RUN ["/prog", "a"]'),
        ("mount / from exec /prog a b", 'RUN ["/prog", 3]'),
        ("mount / from exec /bin/sh -c echo two\necho three\n", "RUN <<END (echo three...)"),
        ("mount / from exec /bin/sh -c dd of=$C count=10", "RUN dd of=cc count=30"),
        ("mount / from exec /bin/sh -c a$X b$Y", "RUN b a"),
        ("mount / from exec /bin/sh -c aa${X}aa", "RUN aaa"),
        ("mount /x from exec /bin/sh -c go build", "RUN go build"),
        ("local source for context", "COPY . /"),
        ("pulled from golang:1.19@sha256:1", "RUN x"),
    ],
)
def test_a_record_of_other_words_does_not(description: str, said: str) -> None:
    assert not descriptions.describes(description, said)


def test_words_full_of_variables_cost_no_more_than_others() -> None:
    hostile = "mount / from exec /bin/sh -c " + "a${X}" * 20_000 + "b"
    began = time.process_time()
    assert not descriptions.describes(hostile, "RUN " + "a" * 50_000 + "c")
    assert not descriptions.describes(hostile, "RUN " + "a" * 19_000 + "b")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("name", "linked", "context"),
    [
        ("[base 6/7] LINK COPY --link main.txt /l/", "COPY --link main.txt /l/", None),
        ("[base 6/7] COPY --link main.txt /l/", None, None),
        ("[context files] load from client", None, "local source for context-files"),
        ("[context files] load .dockerignore", None, None),
        ("[internal] load build context", None, None),
    ],
)
def test_two_kinds_of_vertexes_are_known_by_their_names(
    name: str, linked: str | None, context: str | None
) -> None:
    assert (descriptions.linked(name), descriptions.of_context(name)) == (linked, context)
