"""What is rendered says what the spec says, however it is read."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from tests import dockerfiles, frontend, said, specs

from imagebuild.api import validate
from imagebuild.api.spec import ImageBuildSpec
from imagebuild.core import dockerfile
from imagebuild.core.dockerfile import quoting

READERS = (dockerfiles, frontend)
GOLDEN = Path(__file__).parent / "golden"
some = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def render(spec):
    read = ImageBuildSpec.model_validate(spec)
    assert not validate.problems(read)
    return dockerfile.render(read)


@pytest.mark.parametrize("source", sorted(GOLDEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_rendered_dockerfiles_are_the_golden_ones(source, request):
    rendered = render(yaml.safe_load(source.read_text()))
    lines = rendered.text.split("\n")
    table = [
        f"{lines[i.line - 1].partition(' ')[0]:10} {i.path}{'' if i.counted else ' (not counted)'}"
        for stage in rendered.stages
        for i in stage.instructions
    ]
    found = "\n".join([*lines, "# The lines, from:", *(f"# {row}" for row in table), ""])
    golden = source.with_suffix(".Dockerfile")
    if request.config.getoption("update_golden"):
        golden.write_text(found)
    assert found == golden.read_text()


def reading(reader, rendered):
    stages, arguments = reader.read(rendered.text, said.VALUES.get)
    return [
        (s.name, s.base, s.platform, [tuple(i[1:]) for i in s.instructions]) for s in stages
    ], arguments


@some
@given(spec=specs.specs())
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_what_is_rendered_reads_back_as_the_spec(reader, spec):
    stages, arguments = reading(reader, render(spec))
    assert stages == [*said.by(spec)]
    assert arguments == {arg["name"]: said.default(arg) for arg in spec.get("args", [])}


@some
@given(specs.specs())
def test_every_instruction_has_its_line_its_place_and_its_count(spec):
    rendered = render(spec)
    stages, _ = dockerfiles.read(rendered.text, said.VALUES.get)
    assert [stage.name for stage in rendered.stages] == [stage.name for stage in stages]
    for index, (placed, read) in enumerate(zip(rendered.stages, stages, strict=True)):
        first, *rest = placed.instructions
        assert first.line == read.line
        assert [i.line for i in rest] == [number for number, *_ in read.instructions]
        for instruction, (_, name, *_) in zip(rest, read.instructions, strict=True):
            assert instruction.counted == (name in ("RUN", "COPY", "ADD", "WORKDIR"))
        for instruction in placed.instructions:
            step = "" if instruction.step is None else f".steps[{instruction.step}]"
            assert instruction.path.startswith(f"spec.stages[{index}]{step}")


@some
@given(specs.specs())
def test_the_same_spec_renders_to_the_same_text(spec):
    reordered = json.loads(json.dumps(spec, sort_keys=True))
    assert render(spec) == render(reordered)


@pytest.mark.parametrize(
    "script",
    [
        "x" * 32000,
        "# comment\n" * 3200,
        "\\" * 32000,
        '"' * 32000,
        "\U0001f600" * 32000,
        " \n" * 16000,
        "\\\n#" * 10000,
    ],
    ids=["plain", "comments", "backslashes", "quotes", "astral", "blanks", "all"],
)
def test_a_script_of_any_size_stays_whole_in_lines_that_buildkit_takes(script):
    spec = {"stages": [{"name": "a", "from": "scratch", "steps": [{"run": script}]}]}
    (stage,), _ = dockerfiles.read(render(spec).text, said.VALUES.get)
    assert stage.instructions[0][2] == ["/bin/sh", "-c", f"set -e\n{script}"]


def test_a_step_of_any_size_stays_in_lines_that_buildkit_takes():
    longest = {
        "copy": [f"{i:02}" + "\u20ac" * 510 for i in range(64)],
        "to": ("\U0001f600" * 63 + "/") * 8,
    }
    stage = {
        "name": "a",
        "from": "scratch",
        "steps": [longest, {"env": [{"name": "A", "value": "\U0001f600" * 4096}]}],
        "labels": {"a": '"' * 4096},
        "cmd": ["\t" * 4096] * 64,
    }
    (read,), _ = dockerfiles.read(render({"stages": [stage]}).text, said.VALUES.get)
    copied, env, label, cmd = read.instructions
    assert copied[2:4] == (longest["copy"], longest["to"])
    assert (env[3], label[3], cmd[2]) == ("\U0001f600" * 4096, '"' * 4096, stage["cmd"])


@some
@given(specs.specs())
def test_strings_may_be_continued_at_any_character(spec):
    whole = render(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quoting, "_PIECE", 2)
        cut = render(spec)
    read = [dockerfiles.read(r.text, said.VALUES.get)[0] for r in (whole, cut)]
    values = [[(s.name, [i[1:] for i in s.instructions]) for s in stages] for stages in read]
    assert values[0] == values[1]


def test_no_byte_of_a_spec_comes_before_our_own_comment():
    text = render({"stages": [{"name": "a", "from": "scratch"}]}).text
    assert text.startswith("# Rendered by imagebuild")
    assert "=" not in text.split("\n")[0]


def test_an_argument_is_what_it_is_and_nothing_in_it_stands_for_anything_else():
    value = r"""$A ${B} \$ "q" 'it' \\ <<EOF # x"""
    spec = {
        "args": [{"name": "A", "value": "1"}, {"name": "B", "value": value}],
        "stages": [{"name": "a", "from": "scratch"}],
    }
    _, arguments = dockerfiles.read(render(spec).text, said.VALUES.get)
    assert arguments == {"A": "1", "B": value}


def test_what_a_file_holds_lies_beside_the_dockerfile_and_only_what_is_needed():
    content = "\\\n<<EOF $(commit) $A\ufeff\t" + "x" * 65536
    unneeded = {"name": "a", "from": "scratch", "steps": [{"file": {"path": "/a", "content": "a"}}]}
    steps = [{"run": "true"}, {"file": {"path": "/b", "content": content}}]
    needed = {"name": "b", "from": "scratch", "steps": steps}
    rendered = render({"stages": [unneeded, needed]})
    assert rendered.files == {"1-1": content}
    stages, _ = reading(dockerfiles, rendered)
    assert stages[1][3][1] == ("COPY", ["/1-1"], "/b", {"from": "imagebuild.files"})
