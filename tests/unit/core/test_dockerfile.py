"""What is rendered says what the spec says, however it is read."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from tests import dockerfiles, specs

from imagebuild.api import validate, variables
from imagebuild.api.spec import ImageBuildSpec
from imagebuild.core import dockerfile, quoting

GOLDEN = Path(__file__).parent / "golden"
VALUES = {name: f"<{name}>" for name in specs.NAMES if not name.startswith("UNSET")}
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


def expanded(text):
    return variables.expand(variables.parse(str(text)), VALUES)


def said_by(spec):
    """What the spec says, stage by stage, in the words of a Dockerfile."""
    for stage in spec["stages"]:
        state = {key: stage[key] for key in ("args", "env", "workdir", "user") if key in stage}
        said = [*said_by_state(state)]
        for step in stage["steps"]:
            said += said_by_step(step)
        labels = stage.get("labels", {})
        said += [("LABEL", name, expanded(labels[name])) for name in sorted(labels)]
        ports = [str(port) for port in stage.get("expose", [])]
        said += [("EXPOSE", ports)] if ports else []
        said += [("ENTRYPOINT", stage["entrypoint"])] if "entrypoint" in stage else []
        said += [("CMD", stage["cmd"])] if "cmd" in stage else []
        bases = {arg["name"]: arg["value"] for arg in spec.get("args", [])}
        base = variables.expand(variables.parse(stage["from"]), bases)
        yield stage["name"], base, said


def said_by_state(state):
    yield from (("ARG", name) for name in state.get("args", []))
    yield from (("ENV", env["name"], expanded(env["value"])) for env in state.get("env", []))
    if "workdir" in state:
        yield "WORKDIR", expanded(state["workdir"])
    if "user" in state:
        yield "USER", expanded(state["user"])


def said_by_step(step):
    if "run" in step:
        return [("RUN", ["/bin/sh", "-c", f"set -e\n{step['run']}"])]
    if "copy" in step:
        flags = {key: step[key] for key in ("from", "chown", "chmod") if key in step}
        return [
            ("COPY", [expanded(source) for source in step["copy"]], expanded(step["to"]), flags)
        ]
    return [*said_by_state(step)]


@some
@given(specs.specs())
@example({"stages": [{"name": "a", "from": "scratch", "steps": [{"run": "x<<EOF\n# syntax=a/b"}]}]})
def test_what_is_rendered_reads_back_as_the_spec(spec):
    rendered = render(spec)
    stages, arguments = dockerfiles.read(rendered.text, VALUES.get)
    assert arguments == {arg["name"]: arg["value"] for arg in spec.get("args", [])}
    found = [(s.name, s.base, [tuple(i[1:]) for i in s.instructions]) for s in stages]
    assert found == [*said_by(spec)]


@some
@given(specs.specs())
def test_every_instruction_has_its_line_its_place_and_its_count(spec):
    rendered = render(spec)
    stages, _ = dockerfiles.read(rendered.text, VALUES.get)
    assert [stage.name for stage in rendered.stages] == [stage.name for stage in stages]
    for index, (placed, read) in enumerate(zip(rendered.stages, stages, strict=True)):
        first, *rest = placed.instructions
        assert first.line == read.line
        assert [i.line for i in rest] == [number for number, *_ in read.instructions]
        for instruction, (_, name, *_) in zip(rest, read.instructions, strict=True):
            assert instruction.counted == (name in ("RUN", "COPY", "WORKDIR"))
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
    (stage,), _ = dockerfiles.read(render(spec).text, VALUES.get)
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
    (read,), _ = dockerfiles.read(render({"stages": [stage]}).text, VALUES.get)
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
    read = [dockerfiles.read(r.text, VALUES.get)[0] for r in (whole, cut)]
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
    _, arguments = dockerfiles.read(render(spec).text, VALUES.get)
    assert arguments == {"A": "1", "B": value}
