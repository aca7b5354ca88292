"""Reasons that are bounds: a build takes more time, memory, disk and so on than it may."""

from collections.abc import Mapping

from imagebuild.api.reasons.entry import Entry, Reason

TABLE: Mapping[Reason, Entry] = {
    Reason.TIMEOUT: Entry(
        "The build took longer than spec.timeoutSeconds.",
        "Raise spec.timeoutSeconds, or look for the step that hangs: one that waits for input, for "
        "a server, or for a program that it left in the background with its output open.",
        terminal=True,
    ),
    Reason.NO_PROGRESS: Entry(
        "Nothing of the build moved and no step printed anything for too long; it was ended.",
        "Look for what hangs in the step that the message names: one that waits for input, for a "
        "server, or for a program that it left in the background with its output open. A step that "
        "is silent for long while it works can print something now and then.",
        terminal=True,
    ),
    Reason.OUT_OF_MEMORY: Entry(
        "The build needed more memory than its pod may use.",
        "Raise spec.resources.limits.memory, or make the step need less.",
        terminal=True,
    ),
    Reason.DISK_FULL: Entry(
        "The build filled the disk that it may use.",
        "Raise spec.resources.limits.ephemeral-storage (no higher than the operator's setting "
        "`bounds.stateSize` helps), free the node's disk, or write and copy less.",
        terminal=True,
    ),
    Reason.TOO_MANY_PROCESSES: Entry(
        "The build started more processes and threads than it may have.",
        "Let the step start fewer at a time, with a number for `make -j` or for the workers of its "
        "tests, and look for a script that calls itself. The bound is the operator's setting "
        "`bounds.processes`.",
        terminal=True,
    ),
    Reason.TOO_MANY_LAYERS: Entry(
        "The image would have more layers than container runtimes can unpack.",
        "Join steps, several lines in one `run` and several sources in one `copy`; or copy what "
        "they made into a stage of its own.",
        terminal=True,
    ),
}
