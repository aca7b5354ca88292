"""Whether a build takes too much, decided from numbers alone."""

# Of a bound: where the build is ended, how far it may go between two walks, where it is killed.
_NEARLY = 0.9
_BLIND = 0.02

# Others write to the node's disk as well, and free some of it just as a build takes it.
_WALK_SECONDS = 30.0

# A crowd that stays is a bomb; one that comes and goes is `make -j`.
_CROWD_SECONDS = 3.0


class Disk:
    """When to walk through what the daemon keeps, and whether that was too much.

    Walking takes long and asking for a volume's free space nothing, but the volume is the node's.
    So a walk is due once so much space went away that, had the build taken it all, it would have
    too much. All numbers are bytes, ``now`` are seconds of any clock.
    """

    def __init__(self, bound: int, *, free: int, now: float) -> None:
        self.bound = bound
        self.enough = int(bound * _NEARLY)
        self._used = 0
        self._most_free = free
        self._walked_at = now
        self._free_then = free

    def is_due(self, free: int, now: float) -> bool:
        """Whether to walk, by the space that is free now."""
        self._most_free = max(self._most_free, free)
        left = max(self.enough - self._used, self.bound * _BLIND)
        if self._most_free - free >= left:
            return True
        return free != self._free_then and now - self._walked_at >= _WALK_SECONDS

    def walked(self, used: int, *, free: int, now: float) -> bool:
        """Takes in what a walk found, and what was free before it; whether that is too much."""
        self._used, self._most_free = used, free
        self._walked_at, self._free_then = now, free
        return used >= self.enough


class Crowd:
    """Whether processes and threads are too many; ``bound`` is how many a build may have."""

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self._enough = int(bound * _NEARLY)
        self._since: float | None = None

    def is_too_many(self, count: int, now: float) -> bool:
        """Takes in how many there are at a time."""
        if count < self._enough:
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return now - self._since >= _CROWD_SECONDS
