"""What the operator's process takes of the machine, by its own /proc."""

import time
from dataclasses import dataclass

from testbed import kindcluster

_TICKS = 100  # USER_HZ: what Linux counts processor time in, on every architecture that it has
_WHERE = ("-n", "imagebuild-system", "deploy/imagebuild-operator")


@dataclass(frozen=True)
class Usage:
    """At one moment: seconds of processor time since its start, and resident memory."""

    at: float
    cpu: float
    rss_mib: float

    def cpu_a_minute(self, since: "Usage") -> float:
        """Return the seconds of processor time that it took a minute since then."""
        return round(60 * (self.cpu - since.cpu) / (self.at - since.at), 2)


def of_the_operator(cluster: kindcluster.Cluster) -> Usage:
    """Ask for both."""
    ask = ("exec", *_WHERE, "--", "cat", "/proc/1/stat", "/proc/1/status")
    stat, _, status = cluster.kubectl(*ask).partition("\n")
    # proc(5): the fields behind the name in brackets; utime and stime are the 14th and 15th.
    fields = stat.rpartition(")")[2].split()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return Usage(
        at=time.monotonic(),
        cpu=(int(fields[11]) + int(fields[12])) / _TICKS,
        rss_mib=round(int(resident.split()[1]) / 1024, 1),
    )
