"""``python -m imagebuild.worker.bounded FLAGS -- buildkitd ...``: the daemon, held to its bounds.

Flags are ``--processes=N``, ``--file-bytes=N`` and, where the disk has a bound,
``--state-bytes=N``. The daemon runs in the user namespace that rootlesskit has made for it, and
what the kernel does not bound is watched. Exit code: the daemon's, or 128 + a signal's number.
"""

import os
import resource
import signal
import sys

from imagebuild.worker.bounded import rlimits

# Read by the script beside this file, which is runc to the daemon.
_STEP_PROCESSES = "IMAGEBUILD_STEP_PROCESSES"
_RUNC = os.path.join(os.path.dirname(__file__), "runc")  # noqa: PTH118, PTH120 - pathlib takes long


def main() -> int:
    """The program; its exit code."""
    try:
        flags, command = rlimits.flags(sys.argv[1:])
        processes = rlimits.lower(resource.RLIMIT_NPROC, flags["processes"])
        rlimits.lower(resource.RLIMIT_FSIZE, flags["file-bytes"])
    except (ValueError, LookupError) as error:
        sys.stderr.write(f"{error!r}\n{__doc__}")
        return 2
    os.environ[_STEP_PROCESSES] = str(rlimits.of_steps(processes))
    ours = [signal.SIGCHLD, signal.SIGTERM, signal.SIGINT]
    signal.pthread_sigmask(signal.SIG_BLOCK, ours)
    pid = os.posix_spawnp(
        command[0],
        [*command, f"--oci-worker-binary={_RUNC}"],
        os.environ,
        setsigmask=[],
        # The first two Python ignores, the others who started it may have: no step inherits that.
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT],
    )
    return _watched(pid, state_bytes=flags.get("state-bytes"), processes=processes)


def _watched(pid: int, *, state_bytes: int | None, processes: int) -> int:
    # Only now that the daemon is on its way: many wait for it.
    from pathlib import Path  # noqa: PLC0415

    from imagebuild.contract import places  # noqa: PLC0415
    from imagebuild.worker.bounded import watcher  # noqa: PLC0415

    watching = watcher.Watcher(
        places.DAEMON_STATE_DIR,
        path=Path(places.EXCEEDED),
        state_bytes=state_bytes,
        processes=rlimits.of_steps(processes),
    )
    return watcher.watch(pid, watching)


if __name__ == "__main__":
    sys.exit(main())
