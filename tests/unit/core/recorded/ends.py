"""What the worker says of the end of a build that nobody else told of."""

from tests.unit.core.recorded.record import Recorded

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause

ENDS = (
    Recorded(
        "a RUN that left `sleep 1000 &`, no process sandbox",
        Cause.TIMEOUT,
        "the build took longer than 60 s; buildkitd: failed to kill process in container id 5o0z",
        Reason.LEAKED_PROCESS,
        ">/dev/null",
    ),
    Recorded(
        "timeoutSeconds: 60",
        Cause.TIMEOUT,
        "the build took longer than 60 s",
        Reason.TIMEOUT,
        "spec.timeoutSeconds",
    ),
    Recorded(
        "a step that is silent",
        Cause.STALLED,
        "nothing happened for 600 s",
        Reason.NO_PROGRESS,
        "hangs",
    ),
    Recorded(
        "RUN yes > /file, limits.ephemeral-storage: 200Mi",
        Cause.DISK,
        "the build fills 204 MiB of the disk; it may fill 200 MiB, and never quite",
        Reason.DISK_FULL,
        "limits.ephemeral-storage",
    ),
    Recorded(
        "a step that nests 24,000 directories, limits.ephemeral-storage: 600Mi",
        Cause.DISK,
        "the files of the build can no longer be counted, so nothing bounds them",
        Reason.DISK_FULL,
        "a directory within a directory",
    ),
    Recorded(
        "RUN b() { b | b & }; b; sleep 1000",
        Cause.PROCESSES,
        "the build has 458 processes and threads; it may have 450",
        Reason.TOO_MANY_PROCESSES,
        "bounds.processes",
    ),
    Recorded(
        "two stages of 64 steps each, the second from the first",
        Cause.SOLVE,
        "TooManyLayers: it would have 129 layers or more; runtimes unpack 127 at most",
        Reason.TOO_MANY_LAYERS,
        "Join steps",
    ),
    Recorded(
        "buildkitd, which can start no thread more",
        Cause.DAEMON,
        "buildkitd ended with exit code 2: runtime: failed to create new OS thread (have 9 "
        "already; errno=11)",
        Reason.TOO_MANY_PROCESSES,
        "bounds.processes",
    ),
    Recorded(
        "a layer of 300 MB, bounds.fileSize: 200M",
        Cause.DAEMON,
        "buildkitd ended with exit code 2: SIGXFSZ: file size limit exceeded",
        Reason.DISK_FULL,
        "bounds.fileSize",
    ),
    Recorded(
        "SIGTERM to the worker",
        Cause.CANCELED,
        "the build was told to end",
        Reason.BUILDER_LOST,
        "node",
    ),
    Recorded(
        "Python 3.13",
        Cause.INTERNAL,
        "OSError: [Errno 28] No space left on device",
        Reason.DISK_FULL,
        "ephemeral-storage",
    ),
    Recorded("Python 3.13", Cause.INTERNAL, "KeyError: 'x'", Reason.INTERNAL_ERROR, "report"),
    Recorded(
        "an operator's upgrade",
        Cause.ORDER,
        "order version 2; this worker reads 1",
        Reason.INTERNAL_ERROR,
        "report",
    ),
    Recorded(
        "a volume of root's",
        Cause.ARCHIVE,
        "failed to solve: permission denied",
        Reason.ARCHIVE_FAILED,
        "group 1000",
    ),
    Recorded(
        "# check=error=true",
        Cause.LINT,
        "lint violation found for rules: UndefinedVar, JSONArgsRecommended",
        Reason.LINT_FAILED,
        "# check=",
    ),
    Recorded(
        "lint: Fail",
        Cause.LINT,
        "2 warnings, and spec.lint is Fail",
        Reason.LINT_FAILED,
        "spec.lint to Warn",
    ),
)
