"""Reasons that lie in the spec, its steps or its Dockerfile."""

from collections.abc import Mapping

from imagebuild.api.reasons.entry import Entry, Reason

TABLE: Mapping[Reason, Entry] = {
    Reason.INVALID_SPEC: Entry(
        "The spec says something that cannot be built; the message names the field.",
        "Change the field that the message names.",
        terminal=True,
    ),
    Reason.STEP_FAILED: Entry(
        "A command of a `run` step ended with an exit code other than 0.",
        "Correct the step, or the file that its last lines (status.failure.logTail) complain of; a "
        "program, file or variable that they miss has to come into its stage before it.",
        terminal=True,
    ),
    Reason.STEP_KILLED: Entry(
        "A step was killed (SIGKILL), while BuildKit went on and Kubernetes reports no lack of "
        "memory.",
        "Two things kill so: the kernel, when a program needs more memory than there is (raise "
        "spec.resources.limits.memory or have the step run fewer programs at once), and another "
        "program, as a `kill` or `timeout` in this step or in one that runs at the same time.",
        terminal=True,
    ),
    Reason.LEAKED_PROCESS: Entry(
        "A step did not end, although its command did: a program that it left in the background "
        "holds its output open. Only the security profile `unconfined`, which has no process "
        "sandbox, lets such a program live on.",
        "End in the step what it starts, or begin it with its output elsewhere "
        "(`>/dev/null 2>&1 </dev/null &`).",
        terminal=True,
    ),
    Reason.SOURCE_NOT_FOUND: Entry(
        "A `copy` names a file that is not in its stage or context; the message says what may have "
        "been meant, where something is like it.",
        "Check the path: from the context's root (after subPath), or as it is in the stage that "
        "`from` names; a .dockerignore may hide it.",
        terminal=True,
    ),
    Reason.DOCKERFILE_INVALID: Entry(
        "BuildKit cannot read the Dockerfile.",
        "Change the line that the message names.",
        terminal=True,
    ),
    Reason.DOCKERFILE_NOT_FOUND: Entry(
        "There is no file at spec.dockerfile.path in the context.",
        "Correct spec.dockerfile.path; it begins at the context's root (after subPath).",
        terminal=True,
    ),
    Reason.STAGE_NOT_FOUND: Entry(
        "spec.publish or spec.gates names a stage that the Dockerfile does not have, or that has "
        "no name in it.",
        "Name one of the Dockerfile's stages (FROM ... AS name); an entry of spec.publish without "
        "`stage` is the last one.",
        terminal=True,
    ),
    Reason.LINT_FAILED: Entry(
        "status.warnings is not empty, and spec.lint is Fail, or the Dockerfile says "
        "`# check=error=true`; nothing was published.",
        "Change what the warnings name, or set spec.lint to Warn.",
        terminal=True,
    ),
    Reason.PLATFORM_MISMATCH: Entry(
        "A program was made for another processor than the node's, or an image has nothing for "
        "the platform that is asked for.",
        "Use a base image for the node's architecture. For other `platforms` set `platform: "
        "$BUILDPLATFORM` on the stages that compile, and have the compiler make programs for "
        "$TARGETARCH; what must run as one of these needs emulation on the node.",
        terminal=True,
    ),
    Reason.BUILD_FAILED: Entry(
        "The build failed in a way that has no word of its own; the message is BuildKit's.",
        "Read the message and the log.",
        terminal=True,
    ),
}
