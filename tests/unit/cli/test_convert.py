"""The command: what goes in, what comes out where, and its exit code."""

import io
import subprocess
import sys

import pytest
import yaml

from imagebuild.cli import convert

DOCKERFILE = "# a tool\nFROM alpine:3.18 AS app\nARG V\nRUN echo 'é'\n"


def run(capsys, *arguments):
    code = convert.main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def dockerfile(tmp_path):
    (tmp_path / "My App").mkdir()
    path = tmp_path / "My App" / "Dockerfile"
    path.write_text(DOCKERFILE, encoding="utf-8")
    return path


def test_it_prints_an_imagebuild_and_says_what_is_worth_knowing(capsys, dockerfile):
    code, out, err = run(capsys, str(dockerfile))
    assert code == 0
    assert "  # a tool\n  - name: app\n" in out
    assert yaml.safe_load(out)["metadata"] == {"name": "my-app"}
    note = "V has no value and is left out; with --build-arg V=... it is kept"
    assert err == f"{dockerfile}:3: note: {note}.\n"


def test_it_takes_what_docker_build_takes(capsys, dockerfile):
    wanted = ("--image", "e.com/team/tool:1.0", "--target", "app", "--build-arg", "V=$(commit7)")
    code, out, err = run(capsys, *wanted, str(dockerfile))
    found = yaml.safe_load(out)
    assert (code, err, found["metadata"]["name"]) == (0, "", "tool")
    assert found["spec"]["args"] == [{"name": "V", "value": "$(commit7)"}]
    assert found["spec"]["publish"] == [{"images": ["e.com/team/tool:1.0"]}]


def test_it_reads_standard_input(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DOCKERFILE.encode())))
    code, out, err = run(capsys, "--name", "n", "-")
    assert code == 0
    assert yaml.safe_load(out)["metadata"] == {"name": "n"}
    assert err.startswith("stdin:3: note: ")


def test_what_cannot_be_said_leaves_nothing_half(capsys, dockerfile):
    dockerfile.write_text("FROM a:1\nRUN ok\nONBUILD RUN a\nRUN --network=host b\n")
    code, out, err = run(capsys, str(dockerfile))
    assert (code, out) == (convert.CANNOT_SAY, "")
    lines = err.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [f"{dockerfile}:3", f"{dockerfile}:4"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.unlink(), "no such file or directory"),
        (lambda path: (path.unlink(), path.mkdir()), "is a directory"),
        (lambda path: path.write_bytes(b"FROM \xff"), "this is no text in UTF-8"),
    ],
)
def test_what_cannot_be_read_is_said(capsys, dockerfile, make, words):
    make(dockerfile)
    assert run(capsys, str(dockerfile)) == (convert.CANNOT_READ, "", f"{dockerfile}: {words}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--nonsense", "-"],
        ["--build-arg", "A", "-"],
        ["--build-arg", "A=$(x", "-"],
        ["--name", "My_App", "-"],
    ],
)
def test_a_wrong_call_is_said(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        convert.main(arguments)
    assert ended.value.code == convert.CANNOT_READ
    assert capsys.readouterr().err.startswith("usage: python -m imagebuild.cli.convert ")


def test_it_runs_as_a_module_and_explains_itself():
    command = [sys.executable, "-m", "imagebuild.cli.convert", "--help"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Prints an ImageBuild that means the same as a Dockerfile." in ran.stdout
