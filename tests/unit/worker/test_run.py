"""The core, with buildctl played from recorded builds and a daemon that only hangs up."""

import base64
import contextlib
import errno
import json
import os
import shlex
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests.orders import ORDER

from imagebuild.contract import report
from imagebuild.contract.order import (
    Context,
    Dockerfile,
    Instruction,
    Lint,
    Order,
    Stage,
    Target,
)
from imagebuild.contract.picture import Phase, Picture, State
from imagebuild.contract.report import Cause, Image, Report
from imagebuild.contract.source import Source
from imagebuild.worker import exceeded, run
from imagebuild.worker.contexts import bounds
from imagebuild.worker.exceeded import Exceeded, What
from imagebuild.worker.solve import pushes, trace
from imagebuild.worker.workspace import Workspace

HERE = Path(__file__).parent
DIGEST = "sha256:" + "1" * 64
BY_DIGEST = "push=true,push-by-digest=true,name-canonical=true"
LAYERS = {"layers": [{"size": 10}, {"size": 5}]}

STAGES = Dockerfile(text="".join(f"FROM scratch AS {name}\n" for name in ("test", "app", "x")))
PUBLISHED = replace(ORDER, targets=(Target(images=("r.example/a:1",)),))


@dataclass
class Heard:
    """A sink that keeps everything."""

    lines: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def log(self, line: str) -> None:
        self.lines.append(line)

    def show(self, draw: Callable[[], Picture], *, last: bool = False) -> None:
        self.pictures.append(draw())
        self.ended = last


class Broken(Heard):
    """A sink that fails as soon as the end is near: at each line, and at the last picture."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def log(self, line: str) -> None:
        raise self.error

    def show(self, draw: Callable[[], Picture], *, last: bool = False) -> None:
        if last:
            raise self.error
        super().show(draw)


@dataclass
class Theatre:
    """Where a run is played: what it heard, and the calls of buildctl."""

    space: Workspace
    calls_file: Path
    heard: Heard = field(default_factory=Heard)
    stop: threading.Event = field(default_factory=threading.Event)

    def play(self, order: Order, *plays: dict[str, Any], manifest: Any = None) -> Report:
        environment = {
            **self.space.environment,
            "PLAYS": json.dumps(plays),
            "CALLS": str(self.calls_file),
        }
        if manifest is not None:
            environment["MANIFEST"] = json.dumps(manifest)
        space = replace(self.space, environment=environment)
        return run.run(order, sink=self.heard, workspace=space, stop=self.stop)

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]

    @property
    def tagged(self) -> list[str]:
        """The images that skopeo was told to tag, in their order."""
        calls = self.calls_file.with_name("calls.skopeo").read_text().splitlines()
        return [call.rpartition("docker://")[2] for call in calls]


def hang_up(server: socket.socket) -> None:
    """Hears everyone out and says nothing, until the server is closed."""
    with contextlib.suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)


@pytest.fixture
def stage(space: Workspace, tmp_path: Path) -> Iterator[Theatre]:
    program = tmp_path / "buildctl"
    fake = shlex.join([sys.executable, str(HERE / "fake_buildctl.py")])
    program.write_text(f'#!/bin/sh\nexec {fake} "$@"\n')
    program.chmod(0o755)
    skopeo = tmp_path / "skopeo"
    skopeo.write_text('#!/bin/sh\necho "$@" >> "$CALLS.skopeo"\n')
    skopeo.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as traces:
        traces.bind(str(space.traces))
        space.traces.chmod(0o666)
        server.bind(str(space.socket))
        server.listen()
        threading.Thread(target=hang_up, args=(server,), daemon=True).start()
        known = replace(space, buildctl=str(program), skopeo=str(skopeo))
        yield Theatre(known, tmp_path / "calls")


def recorded(name: str) -> dict[str, Any]:
    play: dict[str, Any] = {"trace": (HERE / f"traces/{name}.jsonl").read_text()}
    printed = HERE / f"traces/{name}.output.txt"
    if printed.exists():
        play |= {"output": printed.read_text(), "exit": 1}
    return play


def test_one_target_is_solved_and_published_by_one_call(stage: Theatre) -> None:
    ending = stage.play(PUBLISHED, recorded("cold") | {"digest": DIGEST}, manifest=LAYERS)
    assert ending == Report(images=(Image(0, DIGEST, size=15, layers=2),))
    (call,) = stage.calls
    assert call["argv"].count("--output") == 1
    assert stage.tagged == ["r.example/a:1"]


def test_several_targets_are_all_solved_before_any_is_published(stage: Theatre) -> None:
    targets = (Target("test", ("r.example/t:1",)), Target("app", ("r.example/a:1",)), Target("x"))
    ending = stage.play(
        replace(ORDER, dockerfile=STAGES, targets=targets),
        recorded("targets-test"),
        recorded("targets-app"),
        {},
        {"digest": DIGEST},
        {"digest": DIGEST},
        manifest=LAYERS,
    )
    assert [image.target for image in ending.images] == [0, 1]
    wanted = [
        (next(o for o in call["argv"] if o.startswith("target=")), "--output" in call["argv"])
        for call in stage.calls
    ]
    assert wanted == [
        ("target=test", False),
        ("target=app", False),
        ("target=x", False),
        ("target=test", True),
        ("target=app", True),
    ]


def test_what_all_targets_pushed_is_counted_together(stage: Theatre) -> None:
    targets = (Target("test", ("r.example/t:1",)), Target("app", ("r.example/a:1",)))
    spans = [
        (HERE / f"traces/{name}.spans.json").read_text() for name in ("pushed", "pushed-again")
    ]
    published = [{"digest": DIGEST, "spans": text} for text in spans]
    order = replace(ORDER, dockerfile=STAGES, targets=targets)
    stage.play(order, {}, {}, *published, manifest=LAYERS)
    assert stage.heard.pictures[-1].pushed == sum(map(pushes.sent, spans)) > 24_000_000


def test_where_the_daemon_tells_nothing_of_a_push_none_is_counted(stage: Theatre) -> None:
    ending = stage.play(PUBLISHED, {"digest": DIGEST, "spans": "error: no trace"})
    assert ending.images
    assert stage.heard.pictures[-1].pushed == 0


def test_a_gate_is_solved_and_never_published(stage: Theatre) -> None:
    targets = (Target("app", ("r.example/a:1",)), Target("test"))
    ending = stage.play(
        replace(ORDER, dockerfile=STAGES, targets=targets),
        {},
        {},
        {"digest": DIGEST},
        manifest=LAYERS,
    )
    assert [image.target for image in ending.images] == [0]
    assert ["--output" in call["argv"] for call in stage.calls] == [False, False, True]


def test_a_stage_without_cache_runs_once_with_all_that_stands_on_it(stage: Theatre) -> None:
    """So what is published is what was made and tested, in this build."""
    text = "FROM x AS a\nFROM x AS b\nCOPY --from=a / /\nFROM a AS test\nFROM x AS other\n"
    order = replace(
        ORDER,
        dockerfile=Dockerfile(text=text),
        targets=(Target("b", ("r.example/b:1",)), Target("test"), Target("other")),
        no_cache=("other", "a"),
    )
    stage.play(order, {}, {}, {}, {"digest": DIGEST}, manifest=LAYERS)
    said = [[o for o in call["argv"] if o.startswith("no-cache")] for call in stage.calls]
    assert said == [["no-cache=a,b"], ["no-cache=test"], ["no-cache=other"], []]


def test_a_failed_gate_is_named_and_nothing_is_published(stage: Theatre) -> None:
    text = "FROM x AS app\nFROM x AS a\nRUN y\n"
    order = replace(
        ORDER,
        dockerfile=Dockerfile(text=text),
        targets=(Target("app", ("r.example/a:1",)), Target("a")),
    )
    ending = stage.play(order, {}, failed_run("y", printed=f"Dockerfile:3\n{'-' * 20}\n"))
    assert ending.images == ()
    assert ending.failure is not None
    assert (ending.failure.stage, ending.failure.line) == ("a", 3)
    assert not any("--output" in call["argv"] for call in stage.calls)


def test_an_archive_is_written_whole_and_reported_with_its_digest(
    stage: Theatre, tmp_path: Path
) -> None:
    archive = tmp_path / "volume/a/hello.tar"
    order = replace(ORDER, targets=(Target(archive=str(archive)),))
    ending = stage.play(order, {"digest": DIGEST}, manifest=LAYERS)
    assert ending == Report(images=(Image(0, DIGEST, size=15, layers=2),))
    assert archive.read_text() == "a"


def test_a_failed_build_leaves_the_archive_as_it_was(stage: Theatre, tmp_path: Path) -> None:
    archive = tmp_path / "hello.tar"
    archive.write_text("old")
    order = replace(ORDER, targets=(Target(archive=str(archive)),))
    ending = stage.play(order, failed_run("x"))
    assert ending.failure is not None
    assert {path.name: path.read_text() for path in tmp_path.glob("*.tar*")} == {"hello.tar": "old"}
    assert not list(tmp_path.glob(".imagebuild*"))


def test_an_archive_that_cannot_be_is_told_before_anything_is_built(
    stage: Theatre, tmp_path: Path
) -> None:
    order = replace(ORDER, targets=(Target(archive=f"{tmp_path}/calls_file/a.tar"),))
    (tmp_path / "calls_file").write_text("no directory")
    ending = stage.play(order)
    assert ending.failure is not None
    assert ending.failure.cause is Cause.ARCHIVE
    assert stage.heard.lines == [f"error: {ending.failure.error}"]
    assert not stage.calls_file.exists()


def test_the_outputs_have_the_facts_of_the_build(stage: Theatre) -> None:
    order = replace(
        ORDER,
        started=1_770_000_000,
        args={"V": "$(number)"},
        targets=(Target(images=("r.example/a:$(date)",), labels={"l": "$(name)"}),),
    )
    stage.play(order, {"digest": DIGEST}, manifest=LAYERS)
    (call,) = stage.calls
    created = "org.opencontainers.image.created=2026-02-02T02:40:00Z"
    assert {"build-arg:V=1", "label:l=n", f"label:{created}"} <= set(call["argv"])
    output = call["argv"][call["argv"].index("--output") + 1]
    assert output == f"type=image,name=r.example/a,{BY_DIGEST},annotation.{created}"
    assert stage.tagged == ["r.example/a:2026-02-02"]


WARNED = Dockerfile(
    text="FROM x as Base\nENV A b\nRUN echo $FOO; echo now\nCOPY nope$BAR /x\nUSER 1\n"
)


def test_lint_that_fails_lets_no_step_begin_and_names_what_it_found(stage: Theatre) -> None:
    order = replace(PUBLISHED, dockerfile=WARNED, lint=Lint.FAIL)
    ending = stage.play(order, recorded("warned") | {"sleep": 60})
    assert ending.failure is not None
    assert ending.failure.cause is Cause.LINT
    assert "line 4: UndefinedVar: Usage of undefined variable '$BAR'" in ending.failure.error
    assert ending.failure.error.endswith("and 1 more")
    assert "--output" not in stage.calls[0]["argv"]
    shown = stage.heard.pictures[-1]
    assert {state.state for state in shown.stages} == {State.CANCELED}
    assert "UndefinedVar" in {warning.rule for warning in shown.warnings}


def test_lint_that_fails_hinders_nothing_where_nothing_was_found(stage: Theatre) -> None:
    text = "FROM x:1 AS a\nUSER 1\n"
    order = replace(PUBLISHED, dockerfile=Dockerfile(text=text), lint=Lint.FAIL)
    ending = stage.play(order, recorded("cold"), {"digest": DIGEST}, manifest=LAYERS)
    assert [image.digest for image in ending.images] == [DIGEST]
    assert ["--output" in call["argv"] for call in stage.calls] == [False, True]


@pytest.mark.parametrize(("lint", "warned"), [(Lint.WARN, True), (Lint.IGNORE, False)])
def test_warnings_are_shown_unless_they_are_ignored(
    stage: Theatre, lint: Lint, *, warned: bool
) -> None:
    ending = stage.play(replace(ORDER, dockerfile=WARNED, lint=lint), recorded("warned"))
    assert ending.failure is None
    rules = {warning.rule for warning in stage.heard.pictures[-1].warnings}
    assert ("UndefinedVar" in rules) is warned
    assert bool(rules) is warned


def test_every_stage_is_in_the_first_pictures_with_its_count_or_skipped(stage: Theatre) -> None:
    text = "FROM x AS A\nRUN y\nFROM x AS never\nRUN z\nFROM scratch\nCOPY --from=0 a b\n"
    stage.play(replace(ORDER, dockerfile=Dockerfile(text=text)), {})
    first = next(picture for picture in stage.heard.pictures if picture.stages)
    assert first.phase is Phase.CONTEXT
    assert [(s.name, s.state.value, s.steps) for s in first.stages] == [
        ("a", "Pending", 2),
        ("never", "Skipped", 2),
        ("stage-2", "Pending", 1),
    ]


def test_an_image_as_main_context_is_laid_out_as_files(stage: Theatre) -> None:
    image = "r.example/c@sha256:" + "2" * 64
    order = replace(ORDER, platforms=("linux/arm64",), contexts=(Context("context", image=image),))
    ending = stage.play(order, {"files": {"a": "b"}}, {})
    assert ending.source == Source("context", digest="sha256:" + "2" * 64)
    extraction, solve = (call["argv"] for call in stage.calls)
    assert "platform=linux/arm64" in extraction
    recipe = next(o.partition("=")[2] for o in extraction if o.startswith("dockerfile=/"))
    assert Path(recipe, "Dockerfile").read_text() == f"FROM {image}\n"
    main = next(o.partition("=")[2] for o in solve if o.startswith("context="))
    assert Path(main, "a").read_text() == "b"


def test_an_image_that_holds_too_much_is_no_main_context(
    stage: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_FILES", 1)
    context = Context("context", image="r.example/c@sha256:" + "2" * 64)
    ending = stage.play(replace(ORDER, contexts=(context,)), {"files": {"a": "", "b": ""}})
    assert ending.failure is not None
    assert ending.failure.error.startswith("TooLarge: the context: ")


def test_an_image_that_is_not_there_fails_in_buildkits_words(stage: Theatre) -> None:
    image = "r.example/c@sha256:" + "2" * 64
    order = replace(ORDER, contexts=(Context("context", image=image),))
    words = f"failed to resolve source metadata for {image}: not found"
    printed = f"Dockerfile:1\n{'-' * 20}\nerror: failed to solve: {words}\n"
    ending = stage.play(order, {"output": printed, "exit": 1})
    assert ending.failure == report.Failure(Cause.SOLVE, words, registry="r.example")


def test_when_one_target_fails_none_is_published(stage: Theatre) -> None:
    targets = (Target("app", ("r.example/a:1",)), Target("test", ("r.example/b:1",)))
    order = replace(ORDER, dockerfile=STAGES, targets=targets)
    ending = stage.play(order, {}, recorded("failed-run"))
    assert ending.images == ()
    assert ending.failure is not None
    assert ending.failure.cause is Cause.SOLVE
    assert not any("--output" in call["argv"] for call in stage.calls)


def test_an_order_without_images_is_only_solved(stage: Theatre) -> None:
    assert stage.play(ORDER, recorded("cold")) == Report()


@pytest.mark.parametrize("manifest", [None, [], {}, {"layers": [{}]}, {"manifests": []}])
def test_a_manifest_that_nobody_gives_out_fails_no_build(stage: Theatre, manifest: object) -> None:
    ending = stage.play(PUBLISHED, {"digest": DIGEST}, manifest=manifest)
    assert ending == Report(images=(Image(0, DIGEST),))


def test_the_phases_are_shown_in_their_order_and_the_last_picture_says_done(
    stage: Theatre,
) -> None:
    order = replace(PUBLISHED, stages=(Stage("builder"), Stage("final")))
    stage.play(order, recorded("cold") | {"digest": DIGEST})
    phases = list(dict.fromkeys(picture.phase for picture in stage.heard.pictures))
    assert phases[0] is Phase.CONTEXT
    assert phases[-2:] == [Phase.PUBLISH, Phase.DONE]
    assert [s.name for s in stage.heard.pictures[0].stages] == ["builder", "final"]
    assert stage.heard.ended


def test_a_refused_push_leaves_the_stages_succeeded(stage: Theatre) -> None:
    ending = stage.play(PUBLISHED, recorded("push-refused"))
    assert ending.failure is not None
    assert ending.failure.cause is Cause.PUSH
    assert [s.state for s in stage.heard.pictures[-1].stages] == [State.SUCCEEDED]


def test_a_lost_daemon_is_told_from_a_failed_step(stage: Theatre) -> None:
    ending = stage.play(ORDER, recorded("daemon-killed"))
    assert ending.failure is not None
    assert (ending.failure.cause, ending.failure.stage) == (Cause.DAEMON, "a")


def test_over_time_the_build_is_ended_and_its_step_named(stage: Theatre) -> None:
    text = recorded("terminated")["trace"].splitlines(keepends=True)
    running = "".join(line for line in text if "context canceled" not in line)
    order = replace(ORDER, timeout_seconds=2)
    ending = stage.play(order, {"trace": running, "sleep": 60})
    assert ending.failure is not None
    assert ending.failure.cause is Cause.TIMEOUT
    assert ending.failure.error == "not done within 2 s"
    assert (ending.failure.stage, ending.failure.log_tail) == ("a", "start")
    shown = {s.name: s.state for s in stage.heard.pictures[-1].stages}
    assert (shown["a"], shown["b"]) == (State.FAILED, State.CANCELED)


def test_of_a_build_that_is_told_to_end_no_stage_failed(stage: Theatre) -> None:
    text = recorded("terminated")["trace"].splitlines(keepends=True)
    running = "".join(line for line in text if "context canceled" not in line)
    threading.Timer(1, stage.stop.set).start()
    ending = stage.play(ORDER, {"trace": running, "sleep": 60})
    assert ending.failure is not None
    assert (ending.failure.cause, ending.failure.stage) == (Cause.CANCELED, "a")
    assert {s.state for s in stage.heard.pictures[-1].stages} == {State.CANCELED}


@pytest.mark.parametrize(
    ("what", "cause", "words"),
    [
        (What.DISK, Cause.DISK, "the build fills 9 MiB of the disk; it may fill 10 MiB"),
        (What.PROCESSES, Cause.PROCESSES, "the build has 9,437,184 processes and threads"),
    ],
)
def test_what_takes_too_much_is_ended_and_its_step_named(
    stage: Theatre, what: What, cause: Cause, words: str
) -> None:
    text = recorded("terminated")["trace"].splitlines(keepends=True)
    running = "".join(line for line in text if "context canceled" not in line)
    found = Exceeded(what, 9 * 1024**2, 10 * 1024**2)
    threading.Timer(1, exceeded.write, (stage.space.exceeded, found)).start()
    ending = stage.play(ORDER, {"trace": running, "sleep": 60})
    assert ending.failure is not None
    assert ending.failure.cause is cause
    assert ending.failure.error.startswith(words)
    assert (ending.failure.stage, ending.failure.log_tail) == ("a", "start")


def test_a_daemon_that_was_killed_for_its_disk_is_told_of_its_disk(stage: Theatre) -> None:
    script = {"output": "error: failed to solve: error reading from server: EOF", "exit": 1}
    found = Exceeded(What.DISK, 10, 9)
    threading.Timer(0.4, exceeded.write, (stage.space.exceeded, found)).start()
    ending = stage.play(ORDER, {**script, "sleep": 1})
    assert ending.failure is not None
    assert ending.failure.cause is Cause.DISK


def test_a_terminal_is_not_ruled_by_what_failed_and_no_colour_hides_a_credential(
    stage: Theatre, tmp_path: Path
) -> None:
    secret = tmp_path / "push-cred"
    secret.mkdir()
    pair = base64.b64encode(b"me:hunter22").decode()
    config = {"auths": {"r.example": {"auth": pair}}}
    (secret / ".dockerconfigjson").write_text(json.dumps(config))
    order = replace(ORDER, registry_secrets=(str(secret),))
    output = "error: failed to solve: \x1b[31mno\x1b[0m\a hunter\x1b[1m22\n"
    ending = stage.play(order, {"output": output, "exit": 1})
    assert ending.failure is not None
    assert ending.failure.error == "no ***"


def test_a_failure_before_any_solve_is_the_last_line_of_the_log(stage: Theatre) -> None:
    absent = Context("context", files={"../x": ""})
    ending = stage.play(replace(ORDER, contexts=(absent,)))
    assert ending.failure is not None
    assert stage.heard.lines[-1] == f"error: {ending.failure.error}"


def test_told_to_end_it_says_so(stage: Theatre) -> None:
    stage.stop.set()
    ending = stage.play(ORDER, {"sleep": 60})
    assert ending.failure is not None
    assert ending.failure.cause is Cause.CANCELED


def test_no_credential_reaches_log_picture_or_report(stage: Theatre, tmp_path: Path) -> None:
    secret = tmp_path / "push-cred"
    secret.mkdir()
    pair = base64.b64encode(b"me:hunter22").decode()
    config = {"auths": {"r.example": {"auth": pair}}}
    (secret / ".dockerconfigjson").write_text(json.dumps(config))
    name = "[a 1/1] RUN echo hunter22"
    leaked = {
        "vertexes": [
            {"digest": "d", "name": name, "started": "2026-11-24T08:00:00Z"},
        ],
        "logs": [{"vertex": "d", "data": base64.b64encode(f"{pair} x\n".encode()).decode()}],
    }
    failed = {"digest": "d", "name": name, "started": "2026-11-24T08:00:00Z"}
    failed |= {"completed": "2026-11-24T08:00:01Z", "error": "hunter22: exit code: 1"}
    lines = [json.dumps(leaked), json.dumps({"vertexes": [failed]})]
    ending = stage.play(
        replace(ORDER, registry_secrets=(str(secret),)),
        {"trace": "\n".join(lines) + "\n", "output": f"#1 {pair}\nerror: hunter22\n", "exit": 1},
    )
    assert ending.failure is not None
    assert (ending.failure.error, ending.failure.log_tail) == ("***", "*** x")
    assert ending.failure.vertex == "[a 1/1] RUN echo ***"
    assert stage.heard.lines == ["#1 ***", "error: ***"]
    assert "hunter22" not in report.to_message(ending)
    assert pair not in Path(stage.calls[0]["config"], "config.json").read_text()


SPLIT = """\
#4 [a 1/1] RUN login
#4 0.101 first
#4 1.102 me:hunter22
#4 ERROR: process "/bin/sh -c login" did not complete successfully: exit code: 1
------
 > [a 1/1] RUN login:
0.101 first
er22
------
Dockerfile:2
--------------------
   2 | >>> RUN login
--------------------
error: failed to solve: exit code: 1
"""


def test_no_half_of_a_credential_that_was_printed_in_two_pieces_is_in_the_recap(
    stage: Theatre, tmp_path: Path
) -> None:
    secret = tmp_path / "push-cred"
    secret.mkdir()
    config = {"auths": {"r.example": {"auth": base64.b64encode(b"me:hunter22").decode()}}}
    (secret / ".dockerconfigjson").write_text(json.dumps(config))
    order = replace(ORDER, registry_secrets=(str(secret),))
    stage.play(order, {"output": SPLIT, "exit": 1})
    shown = [line for line in SPLIT.replace("hunter22", "***").splitlines() if line != "er22"]
    assert stage.heard.lines == shown


def failed_run(script: str, *, printed: str = "", code: int = 7) -> dict[str, Any]:
    """A build whose second step of ``a`` fails, after a word in its log."""
    words = f'process "/bin/sh -c {script}" did not complete successfully: exit code: {code}'
    began = {"digest": "d", "name": f"[a 2/2] RUN {script}", "started": "2026-11-24T08:00:00Z"}
    ended = began | {"completed": "2026-11-24T08:00:01Z", "error": words}
    log = {"vertex": "d", "data": base64.b64encode(f"{'noise ' * 300}\noops\n".encode()).decode()}
    events: list[dict[str, Any]] = [{"vertexes": [began], "logs": [log]}, {"vertexes": [ended]}]
    lines = "".join(f"{json.dumps(event)}\n" for event in events)
    return {"trace": lines, "output": f"{printed}error: failed to solve: {words}\n", "exit": 1}


LONG_STAGE = Stage(
    "a",
    (
        Instruction(1, "spec.stages[0].from", counted=True),
        Instruction(2, "spec.stages[0].steps[0]", step=0, counted=True),
    ),
)


def test_a_script_of_any_length_that_fails_leaves_its_place_and_last_words(stage: Theatre) -> None:
    ending = stage.play(replace(ORDER, stages=(LONG_STAGE,)), failed_run("x" * 32_000))
    arrived = report.from_message(report.to_message(ending))
    assert arrived is not None
    assert arrived.failure is not None
    told = arrived.failure
    assert (told.stage, told.step, told.path) == ("a", 0, "spec.stages[0].steps[0]")
    assert (told.exit_code, told.error) == (7, "did not complete successfully: exit code: 7")
    assert told.log_tail.endswith("oops")
    assert len(told.vertex or "") == 200


def test_a_long_line_of_an_own_dockerfile_leaves_its_place_and_last_words(stage: Theatre) -> None:
    own = Dockerfile(text="FROM x AS a\nRUN y\n")
    order = replace(ORDER, dockerfile=own, dockerfile_path="spec.dockerfile.inline")
    printed = f"Dockerfile:2\n{'-' * 20}\n"
    ending = stage.play(order, failed_run("x" * 2000, printed=printed))
    arrived = report.from_message(report.to_message(ending))
    assert arrived is not None
    assert arrived.failure is not None
    told = arrived.failure
    assert (told.stage, told.path, told.line) == ("a", "spec.dockerfile.inline", 2)
    assert (told.exit_code, told.error) == (7, "did not complete successfully: exit code: 7")
    assert told.log_tail.endswith("oops")


def test_no_part_of_a_credential_is_left_where_words_are_cut(
    stage: Theatre, tmp_path: Path
) -> None:
    secret = tmp_path / "push-cred"
    secret.mkdir()
    word = "hunter22" * 30
    config = {"auths": {"r.example": {"auth": base64.b64encode(f"me:{word}".encode()).decode()}}}
    (secret / ".dockerconfigjson").write_text(json.dumps(config))
    order = replace(ORDER, registry_secrets=(str(secret),))
    ending = stage.play(order, failed_run(f"{'x' * 80}{word}{'y' * 80}"))
    assert ending.failure is not None
    assert ending.failure.vertex == f"[a 2/2] RUN {'x' * 80}***{'y' * 80}"


def test_a_dockerfile_outside_of_the_context_is_not_found(stage: Theatre, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("FROM a AS secret\n")
    own = Dockerfile(path=str(outside))
    ending = stage.play(
        replace(ORDER, dockerfile=own, dockerfile_path="spec.dockerfile.path"), failed_run("x")
    )
    assert ending.failure is not None
    assert ending.failure.cause is Cause.CONTEXT
    assert ending.failure.error.startswith("DockerfileNotFound: ")
    assert ending.failure.path == "spec.dockerfile.path"


def test_files_and_dockerfile_lie_where_buildctl_is_told(stage: Theatre) -> None:
    order = replace(ORDER, contexts=(Context("context", files={"a.txt": "a"}),))
    stage.play(order, {})
    local = [o.partition("=") for o in stage.calls[0]["argv"] if o.startswith(("context=", "dock"))]
    places = {name: Path(path) for name, _, path in local}
    assert (places["context"] / "a.txt").read_text() == "a"
    assert (places["dockerfile"] / "Dockerfile").read_text() == "FROM scratch\n"


def test_a_context_that_cannot_be_brought_is_reported(stage: Theatre) -> None:
    ending = stage.play(replace(ORDER, contexts=(Context("context", files={"../a": ""}),)))
    assert ending.failure is not None
    assert ending.failure.cause is Cause.CONTEXT


NO_SPACE = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("error", [NO_SPACE, KeyError("oops")], ids=["full disk", "own bug"])
def test_a_sink_that_fails_costs_no_report(
    stage: Theatre, error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.heard = Broken(error)
    assert stage.play(PUBLISHED, {"digest": DIGEST}).images == (Image(0, DIGEST),)
    assert str(error) in capsys.readouterr().err


def test_a_sink_that_fails_costs_no_failure(stage: Theatre) -> None:
    stage.heard = Broken(NO_SPACE)
    ending = stage.play(replace(ORDER, contexts=(Context("context", files={"../a": ""}),)))
    assert ending.failure is not None
    assert ending.failure.error.startswith("PathRefused: ")


@pytest.mark.parametrize(
    "order",
    [ORDER, replace(ORDER, contexts=(Context("context", files={"a": "a"}),))],
    ids=["Dockerfile", "files"],
)
def test_a_disk_that_is_full_before_the_build_is_named_in_the_systems_words(
    stage: Theatre, monkeypatch: pytest.MonkeyPatch, order: Order
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise NO_SPACE

    monkeypatch.setattr(Path, "write_text", fail)
    ending = stage.play(order)
    assert ending.failure is not None
    assert ending.failure.cause is Cause.CONTEXT
    assert ending.failure.error.startswith("ContextUnreadable: ")
    assert "No space left on device" in ending.failure.error


def test_our_own_bug_is_one_line_in_the_report_and_a_trace_on_stderr(
    stage: Theatre, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_line: str) -> tuple[trace.Vertex, ...]:
        raise KeyError("oops")

    monkeypatch.setattr(trace, "read", fail)
    ending = stage.play(ORDER, recorded("cold"))
    assert ending.failure == report.Failure(Cause.INTERNAL, "KeyError: 'oops'")
    assert "Traceback" in capsys.readouterr().err


def test_a_stage_to_publish_that_is_not_there_is_found_before_any_solve(stage: Theatre) -> None:
    order = replace(
        ORDER,
        dockerfile=Dockerfile(text="FROM scratch AS Final\n"),
        dockerfile_path="spec.dockerfile.inline",
        targets=(Target("final", ("r.example/a:1",)), Target("fianl", ("r.example/b:1",))),
    )
    ending = stage.play(order)
    assert ending.failure is not None
    assert (ending.failure.path, ending.failure.stage) == ("spec.publish[1].stage", None)
    assert ending.failure.hint == "did you mean final?"
    assert "hint: did you mean final?" in stage.heard.lines
    assert not stage.calls_file.exists()


def test_checks_that_the_dockerfile_makes_errors_fail_at_the_first_of_them(stage: Theatre) -> None:
    short = base64.b64encode(b"UndefinedVar: Usage of undefined variable '$A' (line 3)").decode()
    warning = {"short": short, "url": "https://x", "range": [{"start": {"line": 3}}]}
    printed = (
        f"Dockerfile:1\n{'-' * 20}\nerror: failed to solve: lint violation found for rules: U\n"
    )
    own = Dockerfile(text="# check=error=true\nFROM scratch AS a\nENV B=$A\n")
    ending = stage.play(
        replace(ORDER, dockerfile=own, dockerfile_path="spec.dockerfile.inline"),
        {"trace": json.dumps({"warnings": [warning]}) + "\n", "output": printed, "exit": 1},
    )
    assert ending.failure is not None
    assert (ending.failure.cause, ending.failure.stage, ending.failure.line) == (Cause.LINT, "a", 3)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("FROM x AS a\nRUN y\nRUN y\nFROM x AS A\nRUN z\n", [("a", 2)]),
        ("FROM x AS a\nRUN y\nRUN y\nFROM a AS A\nRUN z\n", [("a", 3), ("a", 1)]),
        ("FROM x AS a\nFROM x AS A\nRUN z\nFROM scratch\n", [("a", 1), ("a", 2), ("stage-2", 0)]),
    ],
)
def test_of_two_stages_with_one_name_those_that_are_needed_are_shown(
    stage: Theatre, text: str, shown: list[tuple[str, int]]
) -> None:
    stage.play(replace(ORDER, dockerfile=Dockerfile(text=text)), {})
    assert [(row.name, row.steps) for row in stage.heard.pictures[-1].stages] == shown


@pytest.mark.parametrize(("word", "name"), [("another", "Main.go"), ("Main.go", "***")])
def test_a_source_that_is_not_there_comes_with_what_may_be_meant_unless_nobody_may_read_that(
    stage: Theatre, tmp_path: Path, word: str, name: str
) -> None:
    secret = tmp_path / "push-cred"
    secret.mkdir()
    auths = {"r.example": {"username": "me", "password": word}}
    (secret / ".dockerconfigjson").write_text(json.dumps({"auths": auths}))
    order = replace(
        ORDER,
        dockerfile=Dockerfile(text="FROM alpine:3.18 AS a\nCOPY main.go /\n"),
        contexts=(Context("context", files={"Main.go": "package main"}),),
        registry_secrets=(str(secret),),
    )
    ending = stage.play(order, recorded("source-absent-cold"))
    assert ending.failure is not None
    assert ending.failure.hint == f"did you mean {name}?"
    assert f"hint: did you mean {name}?" in stage.heard.lines


def test_a_failure_that_cannot_be_explained_is_reported_as_it_is(
    stage: Theatre, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("imagebuild.worker.explained.explained", lambda *_: 1 / 0)
    ending = stage.play(ORDER, recorded("failed-run"))
    assert ending.failure is not None
    assert ending.failure.exit_code == 7
    assert "ZeroDivisionError" in capsys.readouterr().err
