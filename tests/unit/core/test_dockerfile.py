"""What is rendered says what the spec says, however it is read."""

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from tests import dockerfiles, frontend, specs

from imagebuild.api import validate, variables
from imagebuild.api.spec import ImageBuildSpec
from imagebuild.core import dockerfile, quoting

READERS = (dockerfiles, frontend)
SHELL = ("/bin/sh", "-c")
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
    values = {arg["name"]: default(arg) for arg in spec.get("args", [])}
    for index, stage in enumerate(spec["stages"]):
        said = [("SHELL", stage["shell"])] if stage.get("shell") else []
        said += said_by_state(stage)
        for number, step in enumerate(stage.get("steps", [])):
            said += said_by_step(step, stage.get("shell"), f"/{index}-{number}")
        said += said_of_image(stage)
        base = variables.expand(variables.parse(stage["from"]), values)
        yield stage["name"], base, stage.get("platform"), said


def default(arg):
    """What the file itself says of an argument; facts and ConfigMaps are for the build to know."""
    text = re.sub(r"(?<!\$)\$\([a-z0-9]+\)", "unknown", arg.get("value", "unknown"))
    return text.replace("$$(", "$(")


def said_by_state(state):
    yield from (("ARG", name) for name in state.get("args", []))
    yield from (("ENV", env["name"], expanded(env["value"])) for env in state.get("env", []))
    if "workdir" in state:
        yield "WORKDIR", expanded(state["workdir"])
    if "user" in state:
        yield "USER", expanded(state["user"])


def said_of_image(stage):
    labels = stage.get("labels", {})
    yield from (("LABEL", name, expanded(labels[name])) for name in sorted(labels))
    if stage.get("expose"):
        yield "EXPOSE", [str(port) for port in stage["expose"]]
    if stage.get("volumes"):
        yield "VOLUME", [expanded(path) for path in stage["volumes"]]
    if "stopSignal" in stage:
        yield "STOPSIGNAL", stage["stopSignal"]
    if "healthcheck" in stage:
        yield said_of_health(stage["healthcheck"])
    if "entrypoint" in stage:
        yield "ENTRYPOINT", stage["entrypoint"]
    if "cmd" in stage:
        yield "CMD", stage["cmd"]


def said_of_health(check):
    if not check["exec"]:
        return "HEALTHCHECK", "NONE"
    flags = {
        name: f"{check[field]}{unit}"
        for name, field, unit in (
            ("interval", "intervalSeconds", "s"),
            ("timeout", "timeoutSeconds", "s"),
            ("start-period", "startPeriodSeconds", "s"),
            ("start-interval", "startIntervalSeconds", "s"),
            ("retries", "retries", ""),
        )
        if field in check
    }
    return "HEALTHCHECK", "CMD", check["exec"], flags


def said_by_step(step, shell, file):
    if "run" in step or "exec" in step:
        argv = step.get("exec") or [*(shell or SHELL), script(step["run"], shell)]
        return [("RUN", argv, said_beside_run(step))]
    if "copy" in step:
        files = [expanded(source) for source in step["copy"]]
        return [("COPY", files, expanded(step["to"]), said_beside_files(step))]
    if "file" in step:
        flags = {"from": "imagebuild.files", **said_beside_files(step)}
        return [("COPY", [file], expanded(step["file"]["path"]), flags)]
    if "add" in step:
        return [("ADD", [source(step["add"])], expanded(step["to"]), said_beside_files(step))]
    return [*said_by_state(step)]


def script(run, shell):
    knows_errexit = shell is None or shell[0].rsplit("/")[-1] in (
        "sh", "bash", "ash", "dash", "ksh", "mksh", "zsh", "busybox",
    )  # fmt: skip
    return f"set -e\n{run}" if knows_errexit else run


def source(add):
    if "url" in add:
        return expanded(add["url"])
    git = add["git"]
    ref = git.get("commit") or expanded(git.get("ref", ""))
    return expanded(git["url"]), ref, expanded(git.get("subPath", ""))


def said_beside_run(step):
    mounts = [said_by_mount(mount) for mount in step.get("mounts", [])]
    network = {"network": "none"} if step.get("network") == "None" else {}
    return {**network, **({"mount": mounts} if mounts else {})}


def said_by_mount(mount):
    ((kind, fields),) = mount.items()
    said = {"type": kind}
    for name, value in fields.items():
        if name == "readWrite":
            said |= {"readwrite": "true"} if value else {}
        elif name == "sharing":
            said[name] = {"Shared": "shared", "Private": "private", "Locked": "locked"}[value]
        else:
            said["size" if name == "sizeBytes" else name] = expanded(value)
    return said


def said_beside_files(step):
    beside = {**step, **step.get("add", {})}
    texts = ("from", "chown", "chmod", "exclude", "checksum")
    switches = ("parents", "link", "unpack")
    said = {name: beside[name] for name in texts if beside.get(name)}
    return {**said, **{name: True for name in switches if beside.get(name)}}


def reading(reader, rendered):
    stages, arguments = reader.read(rendered.text, VALUES.get)
    return [
        (s.name, s.base, s.platform, [tuple(i[1:]) for i in s.instructions]) for s in stages
    ], arguments


@some
@given(spec=specs.specs())
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_what_is_rendered_reads_back_as_the_spec(reader, spec):
    stages, arguments = reading(reader, render(spec))
    assert stages == [*said_by(spec)]
    assert arguments == {arg["name"]: default(arg) for arg in spec.get("args", [])}


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
