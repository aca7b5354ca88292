"""One row of the table of failures each, with what was said when it happened."""

import pytest
from tests.builders import World, a_failure
from tests.unit.core import recorded

from imagebuild.api import reasons
from imagebuild.api.reasons import Kind, Reason
from imagebuild.contract.report import Cause, Failure
from imagebuild.core import failures
from imagebuild.core.failures import mending, message, table

# What others did: another attempt may go well. All else ends the build.
TRIED_AGAIN = {
    Reason.BUILDER_LOST,
    Reason.DAEMON_FAILED,
    Reason.DOWNLOAD_FAILED,
    Reason.EVICTED,
    Reason.GIT_UNREACHABLE,
    Reason.NAME_NOT_RESOLVED,
    Reason.PUSH_FAILED,
    Reason.RATE_LIMITED,
    Reason.REGISTRY_UNREACHABLE,
    Reason.SESSION_LOST,
}


def found_of(record):
    return table.find(record.failure, oom=record.oom)


@pytest.mark.parametrize("record", recorded.ALL, ids=lambda record: f"{record.how}: {record.error}")
def test_what_was_said_has_its_reason_and_its_mend(record):
    row = found_of(record).row
    assert row.reason is record.reason
    assert failures.final(row.reason) is (record.reason not in TRIED_AGAIN)
    assert record.mend in mending.of(row, record.failure)
    assert record.how


def test_every_row_of_the_table_has_its_words():
    hit = [found_of(record).row for record in recorded.ALL]
    unheard = [row for row in table.TABLE if not any(row is other for other in hit)]
    assert unheard == [], "no text in recorded.py falls to these rows"


def test_every_failure_is_tried_again_or_ends_the_build_as_reliability_wants_it():
    of_failures = {reason for reason, e in reasons.TABLE.items() if e.kind is Kind.FAILED}
    assert {reason for reason in of_failures if not failures.final(reason)} == TRIED_AGAIN


def test_what_no_row_knows_keeps_its_raw_words():
    failure = Failure(Cause.SOLVE, "failed to solve: something nobody has seen")
    found = table.find(failure)
    assert found.row.reason is Reason.BUILD_FAILED
    assert message.of(found, failure) == "something nobody has seen"


# (what was said, what it could be taken for as well, what it is)
PRECEDENCE = [
    (
        Failure(Cause.SOLVE, 'process "/bin/sh -c # no space left on device\nexit 6"', exit_code=6),
        Reason.DISK_FULL,
        Reason.STEP_FAILED,
    ),
    (
        Failure(Cause.SOLVE, 'process "/bin/sh -c echo failed to process; exit 7"', exit_code=7),
        Reason.DOCKERFILE_INVALID,
        Reason.STEP_FAILED,
    ),
    (
        Failure(Cause.SOLVE, "process x", exit_code=2, log_tail="401 Unauthorized\n429\n"),
        Reason.REGISTRY_AUTH,
        Reason.STEP_FAILED,
    ),
    (
        Failure(Cause.SOLVE, "process x", exit_code=1, log_tail="newuidmap: write to uid_map fail"),
        Reason.NODE_UNSUPPORTED,
        Reason.STEP_FAILED,
    ),
    (
        Failure(Cause.SOLVE, "process x", exit_code=9, log_tail="9 of 12 checks failed"),
        Reason.STEP_KILLED,
        Reason.STEP_FAILED,
    ),
    (
        Failure(Cause.SOLVE, "x", exit_code=1, log_tail="exec format error\n" + "ok\n" * 10),
        Reason.PLATFORM_MISMATCH,
        Reason.STEP_FAILED,
    ),
    (
        Failure(Cause.DAEMON, "EOF", vertex="[a 1/1] RUN x", log_tail="newuidmap: Could not set"),
        Reason.NODE_UNSUPPORTED,
        Reason.DAEMON_FAILED,
    ),
    (
        Failure(Cause.PUSH, "failed to push r/a:1: 429 Too Many Requests: denied"),
        Reason.PUSH_DENIED,
        Reason.RATE_LIMITED,
    ),
    (
        Failure(Cause.PUSH, "failed to push r/a:1: denied: lookup is forbidden; no such host"),
        Reason.NAME_NOT_RESOLVED,
        Reason.PUSH_DENIED,
    ),
    (
        Failure(Cause.PUSH, "failed to push r/a:1: write /x: no space left on device"),
        Reason.PUSH_FAILED,
        Reason.DISK_FULL,
    ),
    (
        Failure(
            Cause.PUSH,
            "failed to push r/a:1: unexpected status from PUT request to https://r/v2/a: 500 "
            "Internal Server Error\nwrite /var/lib/registry: no space left on device",
        ),
        Reason.DISK_FULL,
        Reason.PUSH_FAILED,
    ),
    (
        Failure(
            Cause.SOLVE,
            "failed to resolve source metadata for r/a:1: failed to do request: Head x: net/http: "
            "TLS handshake timeout",
        ),
        Reason.REGISTRY_TLS,
        Reason.REGISTRY_UNREACHABLE,
    ),
    (
        Failure(
            Cause.SOLVE,
            "failed to compute cache key: failed to copy: httpReadSeeker: failed open: could not "
            "fetch content descriptor sha256:2 (x) from remote: not found",
        ),
        Reason.SOURCE_NOT_FOUND,
        Reason.IMAGE_NOT_FOUND,
    ),
    (
        Failure(
            Cause.SOLVE,
            "failed to resolve source metadata for r:5000/a:1: unexpected status from HEAD "
            "request to http://r:5000/v2/: 418 I'm a teapot",
        ),
        Reason.REGISTRY_UNREACHABLE,
        Reason.BUILD_FAILED,
    ),
    (
        Failure(Cause.TIMEOUT, "the build took longer than 60 s", exit_code=137),
        Reason.STEP_KILLED,
        Reason.TIMEOUT,
    ),
    (
        Failure(Cause.CONTEXT, "RefNotFound: https://g/no-such-host.git has no 'no such host'"),
        Reason.NAME_NOT_RESOLVED,
        Reason.REF_NOT_FOUND,
    ),
]


@pytest.mark.parametrize(("failure", "other", "reason"), PRECEDENCE)
def test_of_two_reasons_the_nearer_one_is_told(failure, other, reason):
    found = table.find(failure).row.reason
    assert found is not other
    assert found is reason


@pytest.mark.parametrize(
    ("facts", "beginning"),
    [
        (
            {"cause": Cause.PUSH, "error": "failed to push r:5/a:1: denied", "secret": "push"},
            "push to r:5 failed with the credentials of Secret push: failed to push",
        ),
        (
            {"cause": Cause.PUSH, "error": "failed to push r:5/a:1: denied"},
            "push to r:5 failed, and no Secret of spec.registrySecrets names that host: failed",
        ),
        (
            {
                "cause": Cause.SOLVE,
                "error": "r:5/a:1: failed to resolve source metadata for r:5/a:1: 401 Unauthorized",
            },
            "pull from r:5 failed, and no Secret of spec.registrySecrets names that host: failed "
            "to resolve source metadata for r:5/a:1: 401",
        ),
        (
            {
                "cause": Cause.SOLVE,
                "error": "error writing layer blob: denied",
                "vertex": "exporting cache to registry",
                "secret": "cache",
            },
            "cache at r:5 failed with the credentials of Secret cache: error writing",
        ),
        (
            {
                "cause": Cause.PUSH,
                "error": 'failed to push r:5/a:1: Head "https://r:5/v2/": x509: unknown authority',
            },
            "push to r:5 failed: failed to push r:5/a:1: Head",
        ),
    ],
)
def test_a_registrys_refusal_names_the_host_and_whose_credentials_it_was_given(facts, beginning):
    failure = Failure(registry="r:5", **facts)
    assert message.of(table.find(failure), failure).startswith(beginning)


def test_where_credentials_were_given_the_mend_is_to_look_at_them():
    failure = Failure(Cause.PUSH, "denied", registry="r:5", secret="push")  # noqa: S106
    said = mending.of(table.find(failure).row, failure)
    assert said.startswith("See whether the credentials that Secret push holds for r:5")


def test_of_several_platforms_the_message_names_the_one_that_failed():
    step = {"stage": "a", "step": 1, "path": "p", "exit_code": 9}
    failure = Failure(Cause.SOLVE, "process x", **step, platform="linux/arm64")
    said = message.of(table.find(failure), failure)
    assert said == "stage a on linux/arm64 step 1 (p): exit code 9"


def test_what_may_have_been_meant_is_in_the_message():
    failure = Failure(
        Cause.SOLVE, 'target stage "fnal" could not be found', hint="did you mean final?"
    )
    said = message.of(table.find(failure), failure)
    assert said == 'target stage "fnal" could not be found; did you mean final?'


# (how it ended, what it printed, the line that tells)
TELLING = [
    (
        1,
        "dd: error writing '/t/x': No space left on device\n2+0 records in\n1+0 records out\n",
        "dd: error writing '/t/x': No space left on device",
    ),
    (
        1,
        "Error: listen EADDRINUSE: address already in use :::80\n\nNode.js v20.20.2\n",
        "Error: listen EADDRINUSE: address already in use :::80",
    ),
    (137, "half a line\n", "half a line"),
    (127, "/bin/sh: go: not found\n\n", "/bin/sh: go: not found"),
    (2, "a\nmake: *** [all] Error 1\n", "make: *** [all] Error 1"),
]


@pytest.mark.parametrize(("code", "log", "line"), TELLING)
def test_of_a_steps_log_the_line_that_tells_is_in_the_message(code, log, line):
    failure = Failure(Cause.SOLVE, "process x", exit_code=code, log_tail=log)
    assert message.of(table.find(failure), failure) == f"exit code {code}: {line}"


@pytest.mark.parametrize(
    ("vertex", "place"),
    [
        ("[final 2/3] COPY --from=app /app/sever /x", " in app"),
        ("[linux/arm64 final 2/3] COPY --link --from=app --chown=1 /app/sever /x", " in app"),
        ("[final 2/3] COPY --chown=1 app/sever /x", ""),
        (None, ""),
    ],
)
def test_a_file_that_is_not_there_is_told_with_the_stage_that_it_was_sought_in(vertex, place):
    error = 'failed to calculate checksum of ref a::b: "/app/sever": not found'
    failure = Failure(Cause.SOLVE, error, vertex=vertex, hint="did you mean /app/server?")
    said = message.of(table.find(failure), failure)
    assert said == f'"/app/sever": not found{place}; did you mean /app/server?'


def test_nothing_that_a_step_prints_rules_the_terminal_of_who_reads_the_status():
    log = "50%\r100%\r\n\x1b]0;title\x07\x1b[1;31mno\x1b[0m \x07good\tat all\n"
    world = lived(a_failure(exit_code=1, log_tail=log, error="x\x1b[2J"))
    failure = world.status["failure"]
    assert failure["logTail"] == "50%\n100%\nno good\tat all\n"
    assert failure["message"] == "exit code 1: no good\tat all"
    assert "\x1b" not in world.message()


def test_what_colours_stand_around_is_recognized():
    world = lived(a_failure(exit_code=1, log_tail="\x1b[31mexec format error\x1b[0m"))
    assert world.status["failure"]["reason"] == "PlatformMismatch"


CONTEXT_MESSAGES = [
    (
        "Unreachable: the context: https://g/a.git: no address for g (Name or service not known)",
        "spec.context.git.url",
        "spec.context.git.url: https://g/a.git: no address for g (Name or service not known)",
    ),
    (
        "RefNotFound: context theme: https://g/a.git has no x",
        "spec.contexts[0].git.ref",
        "spec.contexts[0].git.ref: context theme: https://g/a.git has no x",
    ),
    ("TooLarge: the context: more than 2 GiB", None, "the context: more than 2 GiB"),
]


@pytest.mark.parametrize(("error", "path", "told"), CONTEXT_MESSAGES)
def test_a_message_about_a_context_says_neither_its_reason_nor_its_place_again(error, path, told):
    failure = Failure(Cause.CONTEXT, error, path=path)
    assert message.of(table.find(failure), failure) == told


def test_a_word_that_is_not_the_workers_stays_in_the_message():
    failure = Failure(Cause.SOLVE, "Nothing: that anyone has seen")
    assert message.of(table.find(failure), failure) == "Nothing: that anyone has seen"


def test_after_a_question_no_full_stop_is_said():
    error = 'target stage "fnal" could not be found'
    world = lived(a_failure(error=error, hint="did you mean final?"))
    assert "did you mean final? Mend: " in world.message()


def lived(report, *, node=None, **end):
    world = World()
    world.look()
    world.end(report, **end)
    if node:
        world.pod()["spec"] = {"nodeName": node}
    world.wait(6)
    world.look()
    return world


def test_a_message_leaves_out_buildkits_way_to_it():
    error = (
        "failed to solve: failed to compute cache key: failed to calculate checksum of ref "
        'abc::def: "/nope.txt": not found'
    )
    place = {"stage": "builder", "step": 0, "path": "spec.stages[0].steps[0]"}
    world = lived(a_failure(error=error, **place))
    words = 'stage builder step 0 (spec.stages[0].steps[0]): "/nope.txt": not found'
    assert world.status["failure"]["message"] == words


def test_a_node_that_cannot_build_is_named_with_the_line_that_tells_why_and_its_sysctl():
    log = (
        'time="x" level=warning msg="/proc/sys/user/max_user_namespaces needs to be set to '
        'non-zero."\n[rootlesskit:parent] error: failed to start the child: x\n'
    )
    world = lived(a_failure(Cause.DAEMON, error="no buildkitd", log_tail=log), node="worker-3")
    failure = world.status["failure"]
    assert failure["reason"] == "NodeUnsupported"
    assert failure["message"].startswith("node worker-3 cannot build without root: time=")
    assert "max_user_namespaces" in failure["message"]
    assert "`user.max_user_namespaces`" in failure["mend"]


@pytest.mark.parametrize(
    ("error", "helps", "does_not"),
    [
        ("RootUser: no USER is set", "spec.lint", "# check="),
        ("lint violation found for rules: UndefinedVar", "# check=", "spec.lint"),
    ],
)
def test_the_mend_of_lint_names_what_made_errors_of_warnings(error, helps, does_not):
    world = lived(a_failure(Cause.LINT, error=error))
    assert helps in world.status["failure"]["mend"]
    assert does_not not in world.status["failure"]["mend"]


def test_a_step_that_the_base_brought_is_told_from_the_stages_own():
    said = a_failure(
        error="did not complete successfully: exit code: 3",
        exit_code=3,
        log_tail="oops",
        stage="a",
        vertex="[a 3/4] ONBUILD RUN npm ci",
    )
    words = "stage a: RUN npm ci, an ONBUILD trigger of its base: exit code 3: oops"
    assert lived(said).status["failure"]["message"] == words
