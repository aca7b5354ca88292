"""A Dockerfile is read as BuildKit reads it; what is expected here is what it says."""

import os
from pathlib import Path

import pytest

from imagebuild.worker import dockerfile
from imagebuild.worker.failure import FailedError

NOT_STAGES = """\
FROM a
RUN <<EOF
FROM b AS within
ONBUILD RUN x
EOF
RUN cat <<ONE > /1 && cat <<'TWO' > /2
FROM b
ONE
FROM c
TWO
COPY <<-A <<"B" /
\tFROM d
\tA
FROM e
B
RUN echo \\
# FROM f

  FROM g
RUN ["echo", "<<EOF"]
RUN cat <<<EOF
"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("# a comment\n", []),
        ("ARG A=1\n", []),
        ("FROM a", ["stage-0"]),
        ("FROM a AS App\n", ["app"]),
        ("FROM a as x\nFROM b\nfrom c aS Y\n", ["x", "stage-1", "y"]),
        ("# syntax=x\n\n  from --platform=$BUILDPLATFORM a:1  as build \nRUN b\nFROM build\n",
         ["build", "stage-1"]),
        ("\ufeffFROM a AS b\r\nFROM b AS c\r\n", ["b", "c"]),
        ("ARG FROM=a\nFROM $FROM\nRUN echo FROM a AS b\nCOPY --from=x FROM /\n", ["stage-0"]),
        ("# escape=`\nFROM a AS w\nRUN dir `\nC:\\\nFROM b\n", ["w", "stage-1"]),
        ("FROM a \\\n AS \\\n x\n", ["x"]),
        ("FROM a AS x\nFROM a AS x\n", ["x", "x"]),
        ("FROM a\nONBUILD RUN <<EOF\nFROM b\nEOF\nFROM c\n", ["stage-0", "stage-1"]),
        (NOT_STAGES, ["stage-0"]),
    ],
)  # fmt: skip
def test_stages_are_named_in_the_files_order(text, names):
    assert [stage.name for stage in dockerfile.read(text).stages] == names


@pytest.mark.parametrize(
    "text",
    [
        "FROM\n",
        "FROM a b\n",
        "FROM a AS\n",
        "FROM a AS 1x\n",
        "FROM a AS b # c\n",
        "RUN x\nFROM a\n",
        "ONBUILD RUN x\nFROM a\n",
        "FROM a\nFETCH x\n",
        "FROM a\nRUN <<EOF\n",
        "FROM ${A\n",
        "# escape=x\nFROM a\n",
        "FROM a\nRUN " + "[" * 100_000 + "\n",
    ],
)
def test_what_buildkit_refuses_has_no_stages(text):
    with pytest.raises(ValueError, match=r"\S"):
        dockerfile.read(text)


def test_a_thousand_stages_are_read_and_not_one_more():
    assert len(dockerfile.read("FROM a\n" * 1000).stages) == 1000
    with pytest.raises(ValueError, match="more than 1000 stages"):
        dockerfile.read("FROM a\n" * 1001)


@pytest.mark.parametrize(
    ("text", "args", "base"),
    [
        ("ARG V=1\nFROM img:$V\n", {}, "img:1"),
        ("ARG V=1\nFROM img:$V\n", {"V": "2"}, "img:2"),
        ("ARG V=1\nARG I=img:${V}\nFROM $I\n", {}, "img:1"),
        ("ARG A=1 B=2\nFROM img:$A$B\n", {}, "img:12"),
        ("ARG A=\"1\"\nFROM 'img':$A\n", {}, "img:1"),
        ("ARG V\nFROM img:${V:-3}\n", {}, "img:3"),
        ("ARG V\nFROM img:${V:-3}\n", {"V": "4"}, "img:4"),
        ("FROM a\nARG V=1\nFROM img:${V:-0}\n", {}, "img:0"),
        ("FROM img-$TARGETARCH\n", {}, "img-arm64"),
        ("FROM img-${TARGETPLATFORM#linux/}\n", {}, "img-arm64"),
        ("ARG TARGETARCH\nFROM img-$TARGETARCH\n", {"TARGETARCH": "m68k"}, "img-m68k"),
    ],
)
def test_a_base_has_the_values_of_global_arguments(text, args, base):
    read = dockerfile.read(text, args, platforms=["linux/arm64"])
    assert read.stages[-1].base == base


def test_a_build_argument_that_no_arg_names_has_no_value():
    assert dockerfile.read("FROM img:${V:-3}\n", {"V": "4"}).stages[0].base == "img:3"


CHOSEN = """\
FROM a AS for-amd64
FROM b AS for-arm64
FROM c AS for-other
FROM for-$TARGETARCH
"""


@pytest.mark.parametrize(
    ("platforms", "names"),
    [
        (["linux/arm64"], {"for-arm64"}),
        (["linux/amd64", "linux/arm64"], {"for-amd64", "for-arm64"}),
        (["linux/amd64", "linux/s390x"], {"for-amd64"}),
    ],
)
def test_a_base_that_the_platform_chooses_is_needed_on_each(platforms, names):
    read = dockerfile.read(CHOSEN, platforms=platforms)
    assert dockerfile.needed(read, [None]) - {"stage-3"} == names


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("FROM a\n", [1]),
        ("FROM scratch\n", [0]),
        ("FROM a AS b\nFROM b\n", [1, 0]),
        # Only lower case names a stage here: BuildKit takes this for an image.
        ("FROM a AS B\nFROM B\n", [1, 1]),
        ("FROM a AS b\nFROM b AS b\nFROM b\n", [1, 0, 0]),
        ("FROM a\nWORKDIR /\nCOPY a b\nADD a b\nRUN c\n", [5]),
        ("FROM a\nCOPY --link --chown=1 a b\nADD --link a b\nRUN --network=none c\n", [4]),
        ("FROM a\nENV A=b\nARG A\nUSER u\nLABEL a=b\nCMD c\nENTRYPOINT e\nEXPOSE 1\nVOLUME /v\n"
         'SHELL ["/bin/sh"]\nSTOPSIGNAL 9\nHEALTHCHECK NONE\nMAINTAINER m\n', [1]),
        ("FROM a\nRUN <<EOF\nRUN x\nWORKDIR /\nEOF\nRUN y\n", [3]),
        ("FROM a\nRUN x \\\n && y\n", [2]),
        # A trigger counts where it is run, whatever it is, and only in what is built upon it.
        ("FROM a AS b\nONBUILD RUN x\nONBUILD ENV A=b\nFROM b AS c\nRUN y\nFROM c\n", [1, 3, 0]),
        (NOT_STAGES, [7]),
    ],
)  # fmt: skip
def test_steps_are_counted_as_buildkit_counts_them(text, counts):
    stages = dockerfile.order_stages(dockerfile.read(text))
    assert [sum(i.counted for i in stage.instructions) for stage in stages] == counts


def test_the_instructions_of_an_order_have_the_lines_of_the_file():
    text = "ARG A\n\nFROM a AS b\n# c\nENV X=y\nONBUILD RUN x\nRUN <<EOF\nz\nEOF\nFROM b\nCMD d\n"
    first, second = dockerfile.order_stages(dockerfile.read(text), path="spec.dockerfile.path")
    assert (first.name, second.name) == ("b", "stage-1")
    assert [(i.line, i.counted) for i in first.instructions] == [
        (3, True), (5, False), (6, False), (7, True),
    ]  # fmt: skip
    assert [(i.line, i.counted) for i in second.instructions] == [
        (10, False), (10, True), (11, False),
    ]  # fmt: skip
    assert {i.path for i in first.instructions} == {"spec.dockerfile.path"}


def test_the_number_of_a_step_finds_it_behind_triggers_that_are_no_steps():
    text = "FROM a AS b\nONBUILD ENV A=b\nONBUILD RUN x\nFROM b\nRUN y\n"
    _, second = dockerfile.order_stages(dockerfile.read(text))
    # BuildKit says [1/3] of the trigger and [2/3] of the RUN, and never [3/3].
    assert [i.line for i in second.instructions if i.counted] == [4, 5, 4]


GRAPH = """\
FROM a AS Base
FROM a AS tools
FROM a AS unused
FROM base AS build
RUN --mount=type=cache,target=/c --mount=from=Tools,target=/t make
FROM a AS numbered
COPY --from=1 / /
FROM a AS docs
COPY --from=BUILD / /
FROM scratch
COPY --from=build / /
COPY --from=busybox:1 / /
"""


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        ([None], {"stage-6", "build", "base", "tools"}),
        (["build"], {"build", "base", "tools"}),
        (["NUMBERED"], {"numbered", "tools"}),
        (["unused", "numbered"], {"unused", "numbered", "tools"}),
        (["docs"], {"docs", "build", "base", "tools"}),
        (["absent"], set()),
        # A stage without a name is no target by the one that BuildKit gives it.
        (["stage-6"], set()),
        ([], set()),
    ],
)
def test_targets_need_what_they_are_built_from_and_with(targets, names):
    assert dockerfile.needed(dockerfile.read(GRAPH), targets) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", set()),
        ("FROM a AS x\nFROM b\nRUN --mount=from=0,target=/x y\n", {"stage-1"}),
        ("FROM a AS x\nFROM b\nRUN --mount=target=/x,FROM=x y\n", {"x", "stage-1"}),
        ('FROM a AS x\nFROM b\nRUN --mount="type=bind,from=x" y\n', {"x", "stage-1"}),
        ("FROM a AS x\nFROM b AS x\nFROM c\nCOPY --from=x / /\n", {"x", "stage-2"}),
        ("FROM a\nCOPY --from=9 / /\n", {"stage-0"}),
        ("FROM a AS x\nCOPY --from=y / /\nFROM b AS y\nCOPY --from=x / /\n", {"x", "y"}),
        ("FROM a AS y\nFROM b AS x\nONBUILD COPY --from=y / /\nFROM x\n", {"x", "y", "stage-2"}),
        ("FROM a AS y\nFROM b AS x\nONBUILD COPY --from=y / /\n", {"x"}),
    ],
)
def test_the_last_stage_needs(text, names):
    assert dockerfile.needed(dockerfile.read(text), [None]) == names


def test_instructions_keep_their_words():
    text = (
        'FROM a\nCOPY --chown=1:2 --exclude=a --exclude="b c" <<X ["d"] /e\nf\nX\nRUN ["g", "h"]\n'
    )
    copy, run = dockerfile.read(text).stages[0].instructions
    assert copy.values("exclude") == ("a", "b c")
    assert copy.values("from") == ()
    assert copy.words == ("<<X", '["d"]', "/e")
    assert [(d.name, d.content) for d in copy.heredocs] == [("X", "f\n")]
    assert (run.words, run.json, run.line) == (("g", "h"), True, 5)


def test_a_file_of_the_context_is_read(tmp_path: Path):
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / "Dockerfile").write_bytes(b"# caf\xe9\r\nFROM a AS one\r\n")
    (tmp_path / "link").symlink_to("docker/../docker/Dockerfile")
    (tmp_path / "directory").symlink_to("docker")
    for path in ("docker/Dockerfile", "link", "directory/Dockerfile", "./docker//Dockerfile"):
        assert dockerfile.read_file(tmp_path, path) == "# caf\ufffd\r\nFROM a AS one\r\n"


def test_a_context_may_be_reached_by_a_link(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "Dockerfile").write_text("FROM a\n")
    (tmp_path / "context").symlink_to("real")
    assert dockerfile.read_file(tmp_path / "context", "Dockerfile") == "FROM a\n"


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A context with all that could be named and must not be read, each as far as it can be."""
    (tmp_path / "outside").write_text("FROM a AS secret\n")
    root = tmp_path / "context"
    (root / "directory").mkdir(parents=True)
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "up").symlink_to("..")
    (root / "zero").symlink_to("/dev/zero")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "fifo")
    return root


@pytest.mark.parametrize(
    "path",
    [
        "",
        "absent",
        "directory",
        "out",
        "up/outside",
        "../outside",
        "{out}",
        "zero",
        "/dev/zero",
        "loop",
        "fifo",
        "a\0b",
        "x" * 300,
    ],
)
def test_what_is_no_plain_file_of_the_context_is_not_found(context: Path, path: str):
    """Nor is it read: that would not end, or show what is none of the build's."""
    path = path.format(out=context.parent / "outside")
    with pytest.raises(FailedError, match=r"^DockerfileNotFound: .* no plain file"):
        dockerfile.read_file(context, path)


def test_a_file_of_more_than_a_mebibyte_is_not_read(tmp_path: Path):
    (tmp_path / "most").write_text("#" * 2**20)
    (tmp_path / "long").write_text("#" * (2**20 + 1))
    assert len(dockerfile.read_file(tmp_path, "most")) == 2**20
    with pytest.raises(FailedError, match="TooLarge: long has more than 1048576 bytes"):
        dockerfile.read_file(tmp_path, "long")
