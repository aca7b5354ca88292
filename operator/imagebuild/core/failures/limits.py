"""What is said where a build took more of its node than it may: disk, one file, processes.

The worker says the first and the last of a whole build, the kernel the others of one process, in
the words of whoever was refused.
"""

from imagebuild.api.reasons import Reason
from imagebuild.core.failures.row import Row, said, step

# 128 + SIGXFSZ.
_FILE_CODE = 153
# strerror(EFBIG) as programs append it, and what shells and Go say of the signal.
_FILE_SAID = r"(?im): file too large$|file size limit exceeded"
_FILE = (
    "One file grew larger than the operator's setting `bounds.fileSize`, or than "
    "spec.resources.limits.ephemeral-storage where that is less: write less into it, or ask the "
    "cluster's administrator."
)
# What the watcher cannot count may be any size (imagebuild.worker.bounded.measure).
_UNCOUNTED = (
    "A step nests directories more than some 490 levels deep, or takes all descriptors or memory "
    "that there are: look for a loop that makes a directory within a directory."
)
# busybox, dash, bash, make, gcc, glibc, Go, Java and Node.
_NO_FORK = (
    r"(?i)\b(?:v?fork|posix_spawn|pthread_create|clone|fork/exec)\b[^\n]*"
    r"(?:resource temporarily unavailable|\bEAGAIN\b)|can(?:'t|not) fork\b|\bspawn \S+ EAGAIN\b|"
    r"unable to create (?:new )?native thread|failed to create new OS thread"
)

STEP: tuple[Row, ...] = (
    step(r"", Reason.DISK_FULL, codes=(_FILE_CODE,), mend=_FILE),
    step(_FILE_SAID, Reason.DISK_FULL, mend=_FILE),
    step(_NO_FORK, Reason.TOO_MANY_PROCESSES),
)
BUILD: tuple[Row, ...] = (
    said("Disk", r"can no longer be counted", Reason.DISK_FULL, mend=_UNCOUNTED),
    said("Disk", r"", Reason.DISK_FULL),
    said("Processes", r"", Reason.TOO_MANY_PROCESSES),
    said("Solve", r"^TooManyLayers: ", Reason.TOO_MANY_LAYERS),
    said("Daemon Solve Push", _FILE_SAID, Reason.DISK_FULL, mend=_FILE),
    said("Daemon Solve Push", _NO_FORK, Reason.TOO_MANY_PROCESSES),
)
