from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from imagebuild.contract.order import Dockerfile, Instruction, Order, Stage, Target
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import dockerfile, failure
from imagebuild.worker.solve import finding, trace
from imagebuild.worker.solve.lines import Lines
from imagebuild.worker.solve.stages import Stages

OWN = "spec.dockerfile.inline"
Recorded = Callable[[str], Iterator[trace.Event]]


def order(*stages: Stage) -> Order:
    return Order(
        namespace="n",
        name="n",
        number=1,
        attempt=1,
        dockerfile=Dockerfile(text=""),
        targets=(Target(),),
        dockerfile_path="spec.stages" if stages else OWN,
        timeout_seconds=60,
        stages=stages,
    )


def witness(events: Iterator[trace.Event]) -> finding.Witness:
    seen = finding.Witness()
    for event in events:
        seen.take(event)
    return seen


def finding_of(order: Order, seen: finding.Witness) -> finding.Finding:
    return finding.Finding(Lines.of(order), seen, Stages(order.stages).placed)


RUN_FAILED = "did not complete successfully: exit code: {}"
PUSH_FAILED = (
    "failed to push 127.0.0.1:5556/p:1: failed to do request: Head "
    '"http://127.0.0.1:5556/v2/p/blobs/sha256:'
    'e6364771959ec8b6b50187985bb22989cb3a1e1514b4d9daee89a72c234e1c86": '
    "dial tcp 127.0.0.1:5556: connect: connection refused"
)
ENDS = [
    (
        "failed-run",
        Failure(
            Cause.SOLVE,
            RUN_FAILED.format(7),
            stage="builder",
            line=5,
            vertex="[builder 4/4] RUN sleep 1; echo building; echo oops >&2; exit 7; "
            "cp main.txt main",
            exit_code=7,
            log_tail="building\noops",
        ),
    ),
    (
        "failed-beside-another",
        Failure(
            Cause.SOLVE,
            RUN_FAILED.format(3),
            stage="bad",
            line=4,
            vertex="[bad 2/2] RUN sleep 1; echo a line; echo another >&2; exit 3",
            exit_code=3,
            log_tail="another\na line",
        ),
    ),
    (
        "source-absent",
        Failure(
            Cause.SOLVE,
            "failed to compute cache key: failed to calculate checksum of ref "
            'bo9qlp7uykzp6p8qiotwagvht::ywqd8sfojloc4fhj7lfpabnxd: "/nothing.txt": not found',
            stage="a",
            line=2,
            vertex="[a 2/2] COPY nothing.txt /",
        ),
    ),
    (
        "source-absent-cold",
        Failure(
            Cause.SOLVE,
            "failed to compute cache key: failed to calculate checksum of ref "
            'rmcwt3c18llk64a6mekv1n3dt::eij9hm36mjc1zfagth1bam5e8: "/main.go": not found',
            stage="stage-0",
            line=2,
            vertex="[2/2] COPY main.go /",
        ),
    ),
    (
        "base-absent",
        Failure(
            Cause.SOLVE,
            "127.0.0.1:5555/absent:9: failed to resolve source metadata for "
            "127.0.0.1:5555/absent:9: 127.0.0.1:5555/absent:9: not found",
            line=1,
            vertex="[internal] load metadata for 127.0.0.1:5555/absent:9",
        ),
    ),
    (
        "parse-error",
        Failure(
            Cause.SOLVE,
            "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)",
            line=2,
        ),
    ),
    (
        "foreign",
        Failure(
            Cause.SOLVE,
            "exec /bin/sh: exec format error",
            stage="stage-0",
            line=4,
            vertex="[2/2] RUN cat /arch",
            log_tail="exec /bin/sh: exec format error",
        ),
    ),
    ("push-refused", Failure(Cause.PUSH, PUSH_FAILED, vertex="exporting to image")),
    (
        "daemon-killed",
        Failure(
            Cause.DAEMON,
            "failed to receive status: rpc error: code = Unavailable desc = "
            "error reading from server: EOF",
            stage="a",
            vertex="[a 2/2] RUN echo start; sleep 600",
            log_tail="start",
        ),
    ),
]


@pytest.mark.parametrize(("name", "expected"), ENDS, ids=[name for name, _ in ENDS])
def test_the_failure_of_a_recorded_build(
    recorded: Recorded, output: Callable[[str], str], name: str, expected: Failure
) -> None:
    # Of a user's own Dockerfile the line alone is known, and which field holds it.
    expected = replace(expected, path=OWN if expected.stage or expected.line else None)
    assert finding_of(order(), witness(recorded(name))).of_solve(output(name)) == expected


RENDERED = (
    Stage(
        "builder",
        (
            Instruction(2, "spec.stages[0].from", counted=True),
            Instruction(3, "spec.stages[0].workdir", counted=True),
            Instruction(4, "spec.stages[0].steps[0]", step=0, counted=True),
            Instruction(5, "spec.stages[0].steps[1]", step=1, counted=True),
        ),
    ),
    Stage("final", (Instruction(6, "spec.stages[1].from", counted=True),)),
)


@pytest.mark.parametrize(
    "printed", [True, False], ids=["by the line that buildctl prints", "by the count"]
)
def test_a_failed_step_of_a_rendered_dockerfile_is_found_in_the_spec(
    *, recorded: Recorded, output: Callable[[str], str], printed: bool
) -> None:
    text = output("failed-run")
    if not printed:
        text = text[text.index("error: ") :]
    found = finding_of(order(*RENDERED), witness(recorded("failed-run"))).of_solve(text)
    place = (found.stage, found.step, found.path, found.line)
    assert place == ("builder", 1, "spec.stages[0].steps[1]", None)


def test_a_base_that_is_not_there_is_found_in_the_spec(
    recorded: Recorded, output: Callable[[str], str]
) -> None:
    stages = (Stage("a", (Instruction(1, "spec.stages[0].from", counted=True),)),)
    found = finding_of(order(*stages), witness(recorded("base-absent"))).of_solve(
        output("base-absent")
    )
    assert (found.stage, found.step, found.path) == ("a", None, "spec.stages[0].from")


def test_with_triggers_of_the_base_among_the_steps_no_step_is_guessed(recorded: Recorded) -> None:
    stages = (
        Stage("a", (Instruction(1, "from", counted=True), Instruction(2, "run", counted=True))),
    )
    seen = witness(recorded("onbuild"))
    seen.take(trace.Vertex("x", "[a 4/4] RUN echo mine", 1, 2, error="exit code: 1"))
    found = finding_of(order(*stages), seen).of_solve("error: failed to solve: exit code: 1\n")
    assert (found.stage, found.step, found.path) == ("a", None, None)


def test_an_error_of_several_lines_is_kept_whole() -> None:
    found = finding_of(order(), finding.Witness()).of_solve("#1 x\nerror: failed to solve: a\nb\n")
    assert found.error == "a\nb"


def test_a_token_request_is_named_only_where_nothing_else_failed() -> None:
    seen = finding.Witness()
    token = trace.Vertex("t", "[auth] a:push token for r", 1, 2, error="401")
    seen.take(token)
    assert seen.failed() == token
    push = trace.Vertex("p", "exporting to image", 1, 3, error="401")
    seen.take(push)
    assert seen.failed() == push


def test_a_cache_that_cannot_be_read_is_not_what_failed() -> None:
    seen = finding.Witness()
    name = "importing cache manifest from r.example/c:1"
    seen.take(trace.Vertex("c", name, 1, 2, error="401 Unauthorized"))
    assert seen.failed() is None
    step = trace.Vertex("x", "[a 2/2] RUN x", 3, 4, error="exit code: 1")
    seen.take(step)
    assert seen.failed() == step


def test_an_interrupted_build_names_the_step_that_ran_longest(recorded: Recorded) -> None:
    seen = witness(recorded("terminated"))
    found = finding_of(order(), seen).of_interruption(Cause.TIMEOUT, "over")
    assert found == Failure(
        Cause.TIMEOUT,
        "over",
        stage="a",
        path=OWN,
        vertex="[a 2/2] RUN echo start; sleep 600",
        log_tail="start",
    )


def test_of_a_long_log_the_end_is_kept() -> None:
    seen = finding.Witness()
    step = trace.Vertex("d", "[a 1/1] RUN x", started=1)
    seen.take(step)
    for number in range(5000):
        seen.take(trace.Log("d", f"line {number}\n".encode()))
    lines = seen.tail(step).splitlines()
    assert len(lines) == 20
    assert lines[-1] == "line 4999"


def test_of_a_log_nothing_is_kept_that_a_terminal_obeys() -> None:
    step = trace.Vertex("1", "[a 1/1] RUN x", started=1)
    log = trace.Log("1", b"\x1b[31mred\x1b[0m\a\tone\r\n50%\r100%\n")
    assert witness(iter([step, log])).tail(step) == "red\tone\n50%\n100%"


@pytest.mark.parametrize(
    ("name", "platform"),
    [
        ("[linux/arm64 a 1/2] RUN x", "linux/arm64"),
        ("[linux/amd64->arm64 a 1/2] RUN x", "linux/arm64"),
        ("[a 1/2] RUN x", None),
        ("[linux/arm64 internal] load metadata for x", None),
    ],
)
def test_of_several_platforms_the_one_that_failed_is_told(name: str, platform: str | None) -> None:
    vertex = trace.Vertex("1", name, started=1, completed=2, error="exit code: 9")
    seen = witness(iter([vertex]))
    assert finding_of(order(), seen).of_solve("error: x").platform == platform


def test_what_a_finished_step_wrote_is_forgotten() -> None:
    seen = finding.Witness()
    done = trace.Vertex("d", "[a 1/1] RUN x", started=1, completed=2)
    seen.take(trace.Vertex("d", "[a 1/1] RUN x", started=1))
    seen.take(trace.Log("d", b"x"))
    seen.take(done)
    assert seen.tail(done) == ""


OWN_STAGES = (
    Stage(
        "app",
        (Instruction(2, OWN, counted=True), Instruction(3, OWN), Instruction(5, OWN, counted=True)),
    ),
)


@pytest.mark.parametrize(("printed", "line"), [("Dockerfile:6\n" + "-" * 20 + "\n", 6), ("", 5)])
def test_a_failed_step_of_an_own_dockerfile_has_the_stages_name_and_a_line(
    printed: str, line: int
) -> None:
    seen = finding.Witness()
    seen.take(trace.Vertex("x", "[2/2] RUN x", 1, 2, error="exit code: 1"))
    lines = Lines.of(order(), OWN_STAGES)
    found = finding.Finding(lines, seen, Stages(OWN_STAGES).placed).of_solve(
        f"{printed}error: exit code: 1"
    )
    assert (found.stage, found.path, found.line) == ("app", OWN, line)


def test_an_exit_code_that_the_script_speaks_of_is_not_its_own() -> None:
    seen = finding.Witness()
    said = "did not complete successfully: exit code: "
    words = f'process "/bin/sh -c echo {said}0; exit 3" {said}3'
    seen.take(trace.Vertex("x", "[a 2/2] RUN x", 1, 2, error=words))
    found = finding_of(order(), seen).of_solve(f"error: failed to solve: {words}")
    assert (found.exit_code, found.error) == (3, f"{said}3")


@pytest.mark.parametrize(
    ("code", "log"),
    [
        (1, "exec /bin/sh: exec format error"),
        (255, "exec /bin/sh: exec format error\nexit"),
        (126, "/bin/sh: ./x: Exec format error"),
    ],
)
def test_a_script_that_began_failed_by_its_exit_code(code: int, log: str) -> None:
    seen = finding.Witness()
    words = f"did not complete successfully: exit code: {code}"
    seen.take(trace.Vertex("x", "[a 2/2] RUN x", 1))
    seen.take(trace.Log("x", log.encode()))
    seen.take(trace.Vertex("x", "[a 2/2] RUN x", 1, 2, error=words))
    found = finding_of(order(), seen).of_solve(f"error: failed to solve: {words}")
    assert (found.exit_code, found.error) == (code, words)


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("exporting to image", Cause.PUSH),
        ("exporting to oci image format", Cause.ARCHIVE),
        ("[a 1/1] RUN x", Cause.SOLVE),
    ],
)
def test_the_vertex_that_failed_tells_at_what(name: str, cause: Cause) -> None:
    seen = finding.Witness()
    seen.take(trace.Vertex("x", name, 1, 2, error="no space left on device"))
    assert finding_of(order(), seen).of_solve("error: no space left on device").cause is cause


def test_checks_that_the_dockerfile_makes_errors_are_lint() -> None:
    said = "failed to solve: lint violation found for rules: UndefinedVar"
    found = finding_of(order(), finding.Witness()).of_solve(f"error: {said}\n")
    assert found.cause is Cause.LINT
    assert found.error == "lint violation found for rules: UndefinedVar"


def test_a_brief_failure_is_left_as_it_is() -> None:
    short = Failure(Cause.SOLVE, "x" * 1200, vertex="v" * 200, log_tail="t" * 1500)
    assert failure.brief(short) == short


def test_of_long_words_a_brief_failure_keeps_what_tells_most() -> None:
    long = Failure(
        Cause.SOLVE,
        "first" + "x" * 5000 + "last",
        vertex="[a 1/1] RUN " + "v" * 5000,
        log_tail="t" * 5000 + "end",
    )
    told = failure.brief(long)
    assert (len(told.error), len(told.vertex or ""), len(told.log_tail)) == (1200, 200, 1500)
    assert told.error.startswith("first")
    assert "…" in told.error
    assert told.error.endswith("last")
    assert (told.vertex or "").startswith("[a 1/1] RUN v")
    assert told.log_tail.endswith("end")


BUSYBOX = "docker.io/library/busybox"


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("FROM a:1\nRUN --mount=from=nosuch:1,target=/m ls\n", "docker.io/library/nosuch:1"),
        (
            "FROM a:1\nRUN --mount=type=cache,target=/c --mount=from=busybox ls\n",
            f"{BUSYBOX}:latest",
        ),
        ("FROM a:1\nCOPY --from=team/tool:2 / /\n", "docker.io/team/tool:2"),
        ("FROM a:1\nCOPY --from=localhost/t:2 / /\n", "localhost/t:2"),
        ("ARG V=2\nFROM r.example:5000/b/c:$V AS x\n", "r.example:5000/b/c:2"),
        ("FROM a:1\nCOPY --from=busybox@sha256:0 / /\n", f"{BUSYBOX}@sha256:0"),
    ],
)
def test_an_image_that_is_not_there_is_found_where_the_dockerfile_names_it(
    text: str, image: str
) -> None:
    read = dockerfile.read(text)
    lines = Lines.of(order(), dockerfile.order_stages(read, path=OWN))
    seen = finding.Witness()
    words = f"{image}: failed to resolve source metadata for {image}: {image}: not found"
    seen.take(trace.Vertex("x", f"[internal] load metadata for {image}", 1, 2, error=words))
    found = finding.Finding(lines, seen, Stages().placed, read)
    told = found.of_solve(f"error: failed to solve: {words}")
    assert (told.stage, told.path, told.line) == (read.stages[0].name, OWN, 2)
    absent = finding.Finding(lines, seen, Stages().placed, dockerfile.read("FROM b:1"))
    assert absent.of_solve(f"error: failed to solve: {words}").line is None


def test_an_image_that_a_rendered_mount_names_is_found_in_the_spec() -> None:
    text = "FROM x AS builder\n\n\n\nRUN --mount=from=nosuch:1,target=/m ls\n"
    image = "docker.io/library/nosuch:1"
    found = finding.Finding(
        Lines.of(order(*RENDERED)), finding.Witness(), Stages().placed, dockerfile.read(text)
    ).of_solve(f"error: {image}: failed to resolve source metadata for {image}: not found")
    place = (found.stage, found.step, found.path, found.line)
    assert place == ("builder", 1, "spec.stages[0].steps[1]", None)


USERS = "FROM a:1 AS app\nUSER {}\nRUN id\nUSER nosuch\nRUN id\n"


@pytest.mark.parametrize(
    ("user", "said", "line"),
    [
        ("nosuch", "user nosuch", 2),
        ("'nosuch:nobody'", "user nosuch", 2),
        ("0:nobody", "group nobody", 2),
        ("$APP", "user nosuch", 3),
    ],
)
def test_a_user_that_the_image_lacks_is_found_where_it_is_named(
    user: str, said: str, line: int
) -> None:
    read = dockerfile.read(USERS.format(user))
    words = f"unable to find {said}: no matching entries in passwd file"
    whole = f'process "/bin/sh -c id" did not complete successfully: {words}'
    seen = finding.Witness()
    seen.take(trace.Vertex("x", "[2/3] RUN id", 1, 2, error=whole))
    lines = Lines.of(order(), dockerfile.order_stages(read, path=OWN))
    told = finding.Finding(lines, seen, Stages(lines.stages).placed, read).of_solve(
        f"Dockerfile:3\n{'-' * 20}\nerror: failed to solve: {whole}"
    )
    assert (told.stage, told.path, told.line) == ("app", OWN, line)
    assert told.error.startswith(f"{words}; make it in a step before")
