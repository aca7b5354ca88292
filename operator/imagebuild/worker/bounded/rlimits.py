"""The kernel's bounds, and the flags that say them.

RLIMIT_NPROC counts the processes and threads of one user of one user namespace, and all those of a
namespace as its maker's own (setrlimit(2), user_namespaces(7); since Linux 5.14). Set within the
namespace of a build it bounds each user of that build, and no other build is counted with it.
"""

import resource
from collections.abc import Sequence

# Spared from a step's processes: the daemon needs threads to end a step that took all of its own.
_SPARED = 256
_AT_MOST = 4


def flags(arguments: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Splits ``--NAME=NUMBER ... -- COMMAND ...``; ValueError where it is none.

    Not argparse: the daemon's start waits for this.
    """
    split = list(arguments).index("--")
    command = list(arguments[split + 1 :])
    if not command:
        raise ValueError("no command")
    found = {}
    for flag in arguments[:split]:
        name, _, number = flag.removeprefix("--").partition("=")
        found[name] = int(number)
    return found, command


def lower(which: int, number: int) -> int:
    """Sets a bound of this process and all that it starts, where it has no lower one; the bound."""
    _, hard = resource.getrlimit(which)
    bound = number if hard == resource.RLIM_INFINITY else min(number, hard)
    resource.setrlimit(which, (bound, bound))
    return bound


def of_steps(processes: int) -> int:
    """How many of a daemon's processes its steps may have."""
    return processes - min(_SPARED, processes // _AT_MOST)
