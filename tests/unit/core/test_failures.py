"""One row of the table of failures each, with what was said when it happened."""

import re

import pytest
from tests.builders import World, a_failure

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause, Failure
from imagebuild.core import failures
from imagebuild.core.failures import table

# Said by BuildKit 0.34.2, git 2.39 and distribution 3.1, unless a comment names another source.
SAID = [
    (Cause.TIMEOUT, "the build took longer than 60 s", Reason.TIMEOUT),
    (Cause.INTERNAL, "KeyError: 'x'", Reason.INTERNAL_ERROR),
    (Cause.ORDER, "order version 2; this worker reads 1", Reason.INTERNAL_ERROR),
    (Cause.CONTEXT, "ContextUnreadable: [Errno 28] No space left on device", Reason.DISK_FULL),
    (Cause.INTERNAL, "OSError: [Errno 28] No space left on device", Reason.DISK_FULL),
    (Cause.CONTEXT, "RefNotFound: https://git.example.com/a.git has no x", Reason.REF_NOT_FOUND),
    (Cause.CONTEXT, "CommitNotFound: no commit 4f1c", Reason.COMMIT_NOT_FOUND),
    (Cause.CONTEXT, "CommitNotOnRef: 4f1c is not on main", Reason.COMMIT_NOT_ON_REF),
    (Cause.CONTEXT, "ContextUnreadable: context: Input/output error", Reason.INTERNAL_ERROR),
    (
        Cause.CONTEXT,
        "ContextUnreadable: context data: [Errno 13] Permission denied: 'secret.txt'",
        Reason.CONTEXT_INVALID,
    ),
    (Cause.CONTEXT, "PathNotFound: no directory x", Reason.PATH_NOT_FOUND),
    (Cause.CONTEXT, "TooLarge: more than 1 GiB", Reason.CONTEXT_TOO_LARGE),
    (Cause.CONTEXT, "PathRefused: '../x' is no path within the context", Reason.INVALID_SPEC),
    (Cause.CONTEXT, "UrlRefused: file:///etc: only https and http", Reason.INVALID_SPEC),
    (Cause.CONTEXT, "HostRefused: 169.254.169.254 is link-local", Reason.INVALID_SPEC),
    (Cause.CONTEXT, "FactInvalid: r.example.com/a: becomes no tag", Reason.INVALID_SPEC),
    (Cause.CONTEXT, "DownloadFailed: 503 Service Unavailable", Reason.DOWNLOAD_FAILED),
    (Cause.CONTEXT, "ChecksumMismatch: sha256 is 4f1c", Reason.CHECKSUM_MISMATCH),
    (Cause.CONTEXT, "ContextInvalid: ../x leads out of it", Reason.CONTEXT_INVALID),
    (Cause.CONTEXT, "ImageNotFound: r.example.com/a:1", Reason.IMAGE_NOT_FOUND),
    (Cause.CONTEXT, "RegistryAuth: r.example.com: unauthorized", Reason.REGISTRY_AUTH),
    (Cause.CONTEXT, "RegistryUnreachable: connection refused", Reason.REGISTRY_UNREACHABLE),
    (Cause.CONTEXT, "DockerfileNotFound: no file Dockerfile", Reason.DOCKERFILE_NOT_FOUND),
    (Cause.CONTEXT, "CredentialInvalid: push: not JSON", Reason.REGISTRY_AUTH),
    (Cause.ARCHIVE, "failed to solve: permission denied", Reason.ARCHIVE_FAILED),
    (Cause.LINT, "2 warnings, and spec.lint is Fail", Reason.LINT_FAILED),
    (Cause.CONTEXT, "Unreachable: could not resolve host", Reason.GIT_UNREACHABLE),
    (
        Cause.DAEMON,
        # BuildKit docs/rootless.md, on a node with user.max_user_namespaces=0
        "fork/exec /proc/self/exe: no space left on device",
        Reason.NODE_UNSUPPORTED,
    ),
    (Cause.DAEMON, "could not connect to unix:///imagebuild/run/x", Reason.DAEMON_FAILED),
    (
        Cause.SOLVE,
        "failed to receive status: rpc error: code = Unavailable desc = error reading from "
        "server: EOF",
        Reason.DAEMON_FAILED,
    ),
    (
        Cause.SOLVE,
        "failed to solve: ResourceExhausted: failed to prepare x: mkdir: no space left on device",
        Reason.DISK_FULL,
    ),
    (
        Cause.PUSH,
        "failed to push r.example.com/a:1: push access denied, repository does not exist or may "
        "require authorization: server message: insufficient_scope: authorization failed",
        Reason.PUSH_DENIED,
    ),
    (
        Cause.PUSH,
        "failed to push r.example.com/a:1: unexpected status from HEAD request to "
        "https://r.example.com/v2/a/blobs/sha256:1: 401 Unauthorized",
        Reason.PUSH_DENIED,
    ),
    (
        Cause.PUSH,
        'failed to push r.example.com/a:1: failed to do request: Head "https://r.example.com/v2/a'
        '/blobs/sha256:1": dial tcp: lookup r.example.com on 10.96.0.10:53: no such host',
        Reason.NAME_NOT_RESOLVED,
    ),
    (
        Cause.PUSH,
        'failed to push 10.0.0.1:5000/a:1: failed to do request: Head "https://10.0.0.1:5000/v2/":'
        " dial tcp 10.0.0.1:5000: connect: connection refused",
        Reason.REGISTRY_UNREACHABLE,
    ),
    (
        Cause.PUSH,
        "failed to push r.example.com/a:1: http: server gave HTTP response to HTTPS client",
        Reason.REGISTRY_UNREACHABLE,
    ),
    (
        Cause.PUSH,
        "failed to push r.example.com/a:1: unexpected status from PUT request: 503",
        Reason.PUSH_FAILED,
    ),
    (
        Cause.SOLVE,
        "failed to solve: nope:1: failed to resolve source metadata for docker.io/library/nope:1: "
        "docker.io/library/nope:1: not found",
        Reason.IMAGE_NOT_FOUND,
    ),
    (
        Cause.SOLVE,
        "failed to solve: failed to resolve source metadata for r.example.com/a:1: failed to "
        "authorize: failed to fetch anonymous token: 401 Unauthorized",
        Reason.REGISTRY_AUTH,
    ),
    (
        Cause.SOLVE,
        "failed to solve: failed to resolve source metadata for r.example.com/a:1: failed to do "
        'request: Head "https://r.example.com": dial tcp 10.0.0.1:443: connect: connection refused',
        Reason.REGISTRY_UNREACHABLE,
    ),
    (
        Cause.SOLVE,
        'failed to solve: failed to parse stage name "Go:1": invalid reference format: repository '
        "name (library/Go) must be lowercase",
        Reason.IMAGE_NOT_FOUND,
    ),
    (
        Cause.SOLVE,
        "failed to solve: failed to resolve source metadata for r.example.com/a:1: no match for "
        "platform in manifest: not found",
        Reason.PLATFORM_MISMATCH,
    ),
    (
        Cause.SOLVE,
        "failed to solve: digest mismatch for https://example.com/a.tar: sha256:1 (expected: "
        "sha256:2)",
        Reason.CHECKSUM_MISMATCH,
    ),
    (
        Cause.SOLVE,
        "failed to solve: failed to load cache key: invalid response status 404",
        Reason.DOWNLOAD_FAILED,
    ),
    (
        Cause.SOLVE,
        'failed to solve: failed to load cache key: Get "http://10.0.0.1/a.tar": dial tcp '
        "10.0.0.1:80: connect: connection refused",
        Reason.DOWNLOAD_FAILED,
    ),
    (
        Cause.SOLVE,
        "failed to solve: failed to load cache key: repository does not contain ref x, output: "
        '"4f1c"',
        Reason.REF_NOT_FOUND,
    ),
    (
        Cause.SOLVE,
        'failed to solve: git subpath "a" contains non-directory "a"',
        Reason.PATH_NOT_FOUND,
    ),
    (
        Cause.SOLVE,
        "failed to solve: failed to load cache key: failed to fetch remote "
        "https://git.example.com/a.git: git stderr: fatal: unable to access: exit status 128",
        Reason.GIT_UNREACHABLE,
    ),
    (
        Cause.SOLVE,
        'failed to solve: target stage "fnal" could not be found',
        Reason.STAGE_NOT_FOUND,
    ),
    (
        Cause.SOLVE,
        "failed to solve: failed to compute cache key: failed to calculate checksum of ref "
        'x::y: "/main.go": not found',
        Reason.SOURCE_NOT_FOUND,
    ),
    (
        Cause.SOLVE,
        "failed to solve: failed to compute cache key: failed to copy: lstat /it: no such file or "
        "directory",
        Reason.SOURCE_NOT_FOUND,
    ),
    (
        Cause.SOLVE,
        "failed to solve: failed to read dockerfile: open Dockerfile: no such file or directory",
        Reason.DOCKERFILE_NOT_FOUND,
    ),
    (
        Cause.SOLVE,
        "failed to solve: dockerfile parse error on line 2: unknown instruction: FORM",
        Reason.DOCKERFILE_INVALID,
    ),
    (Cause.SOLVE, "unterminated heredoc", Reason.DOCKERFILE_INVALID),
    (Cause.SOLVE, "file with no instructions", Reason.DOCKERFILE_INVALID),
    (Cause.SOLVE, "invalid escape token 'x' does not match ` or \\", Reason.DOCKERFILE_INVALID),
    (Cause.SOLVE, 'unsupported mount type "foo"', Reason.DOCKERFILE_INVALID),
    (Cause.SOLVE, "unexpected key 'id' for mount type 'bind'", Reason.DOCKERFILE_INVALID),
    (Cause.SOLVE, "base name ($X) should not be blank", Reason.DOCKERFILE_INVALID),
    (
        Cause.SOLVE,
        "unable to find user nosuch: no matching entries in passwd file; make it in a step before",
        Reason.INVALID_SPEC,
    ),
    (
        Cause.SOLVE,
        'process "/bin/sh -c false" did not complete successfully: exit code: 1',
        Reason.STEP_FAILED,
    ),
    (
        Cause.SOLVE,
        # buildx#2329: a RUN of a foreign platform's image without emulation
        "exec /bin/sh: exec format error",
        Reason.PLATFORM_MISMATCH,
    ),
    (Cause.SOLVE, "failed to solve: something nobody has seen", Reason.BUILD_FAILED),
]


@pytest.mark.parametrize(("cause", "error", "reason"), SAID)
def test_what_was_said_has_its_reason(cause, error, reason):
    assert table.classify(Failure(cause, error)) is reason


def test_every_row_of_the_table_has_its_words():
    hit = {row_of(cause, error) for cause, error, _ in SAID}
    assert [row for row in table.TABLE if row not in hit] == []


def row_of(cause, error):
    rows = (row for row in table.TABLE if cause in row.causes)
    return next(row for row in rows if re.search(row.pattern, error, re.DOTALL))


def test_the_log_of_a_step_decides_nothing():
    """Whatever a RUN step prints, it failed by its exit code."""
    failure = Failure(
        Cause.SOLVE,
        'process "/bin/sh -c x" did not complete successfully: exit code: 2',
        exit_code=2,
        log_tail="no space left on device\n401 Unauthorized\n",
    )
    assert table.classify(failure) is Reason.STEP_FAILED


@pytest.mark.parametrize(
    ("code", "log_tail"),
    [
        (255, "exec /bin/sh: exec format error"),
        (126, "/bin/sh: line 2: ./tool: cannot execute binary file: Exec format error"),
        (1, "OSError: [Errno 8] Exec format error: './tool'"),
    ],
)
def test_a_program_of_another_platform_is_told_by_the_log_alone(code, log_tail):
    error = f"did not complete successfully: exit code: {code}"
    failure = Failure(Cause.SOLVE, error, exit_code=code, log_tail=log_tail)
    assert table.classify(failure) is Reason.PLATFORM_MISMATCH


@pytest.mark.parametrize(
    ("reason", "again"),
    [
        (Reason.DOWNLOAD_FAILED, True),
        (Reason.REGISTRY_UNREACHABLE, True),
        (Reason.GIT_UNREACHABLE, True),
        (Reason.CHECKSUM_MISMATCH, False),
        (Reason.CONTEXT_INVALID, False),
        (Reason.PLATFORM_MISMATCH, False),
        (Reason.LINT_FAILED, False),
        (Reason.ARCHIVE_FAILED, False),
    ],
)
def test_what_others_do_wrong_is_tried_again_and_what_the_spec_does_is_not(reason, again):
    assert failures.final(reason) is not again


@pytest.mark.parametrize(
    "script",
    [
        "# no space left on device\nexit 6",
        "echo failed to process; exit 7",
        "echo 'oops: no such host'; exit 4",
        "echo failed to resolve source metadata for x: not found; exit 1",
        "echo exec format error; exit 1",
    ],
)
def test_the_script_of_a_step_decides_nothing(script):
    """BuildKit quotes it in its error."""
    error = f'process "/bin/sh -c {script}" did not complete successfully: exit code: 4'
    assert table.classify(Failure(Cause.SOLVE, error, exit_code=4)) is Reason.STEP_FAILED


def test_a_message_leaves_out_buildkits_way_to_it():
    error = (
        "failed to solve: failed to compute cache key: failed to calculate checksum of ref "
        'abc::def: "/nope.txt": not found'
    )
    world = World()
    world.look()
    world.end(a_failure(error=error, stage="builder", step=0, path="spec.stages[0].steps[0]"))
    world.look()
    words = 'stage builder step 0 (spec.stages[0].steps[0]): "/nope.txt": not found'
    assert world.status["failure"]["message"] == words


@pytest.mark.parametrize(
    ("error", "helps", "does_not"),
    [
        ("RootUser: no USER is set", "spec.lint", "# check="),
        ("lint violation found for rules: UndefinedVar", "# check=", "spec.lint"),
    ],
)
def test_the_mend_of_lint_names_what_made_errors_of_warnings(error, helps, does_not):
    world = World()
    world.look()
    world.end(a_failure(Cause.LINT, error=error))
    world.look()
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
    world = World()
    world.look()
    world.end(said)
    world.look()
    words = "stage a: RUN npm ci, an ONBUILD trigger of its base: exit code 3: oops"
    assert world.status["failure"]["message"] == words
