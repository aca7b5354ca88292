"""The program of the pods that ``network`` starts: ``serve``, or ``reach ADDRESS open|closed``.

Its text is handed to an interpreter in a pod, so it imports the standard library alone.
"""

import socket
import sys
import time
from collections.abc import Sequence

PORT = 8080
SERVE_SECONDS = 300.0  # longer than two pods take that try to connect
# A policy takes hold a while after the pod that it selects has started.
REACH_SECONDS = 15.0
NOT_SO = 3  # an interpreter that fails by itself ends with 1
_TRY_SECONDS = 1.0
_IN_A_ROW = 3


def serve(port: int = PORT, seconds: float = SERVE_SECONDS) -> None:
    """Takes every connection and closes it, for this long."""
    until = time.monotonic() + seconds
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    with socket.create_server(("", port), family=family, dualstack_ipv6=both) as server:
        while (left := until - time.monotonic()) > 0:
            server.settimeout(left)
            try:
                server.accept()[0].close()
            except TimeoutError:
                return


def reach(address: str, *, closed: bool, port: int = PORT, seconds: float = REACH_SECONDS) -> bool:
    """Whether the address is ``closed``, or is not, for some tries in a row before time is up."""
    until, row = time.monotonic() + seconds, 0
    while row < _IN_A_ROW:
        row = row + 1 if _connects(address, port) is not closed else 0
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def _connects(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=_TRY_SECONDS).close()
    except OSError:
        return False
    return True


def main(arguments: Sequence[str]) -> int:
    """The answer is the exit code: ``NOT_SO`` for an address that is not as it was said to be."""
    if arguments[0] == "serve":
        serve()
        return 0
    _, address, state = arguments
    return 0 if reach(address, closed=state == "closed") else NOT_SO


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
