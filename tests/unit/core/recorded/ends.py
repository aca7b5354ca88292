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
