"""Which ImageBuilds take files from which others, so that news of one reach those that wait.

Kept in memory alone: the first listing after a start brings every object.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from imagebuild.controller.key import Key
from imagebuild.core.outside import OtherBuild


@dataclass(slots=True)
class Dependents:
    """An index over all ImageBuilds that were seen, each as it was last.

    ``known``: what is known of each. ``naming``: by whom each is named.
    """

    known: dict[Key, OtherBuild] = field(default_factory=dict)
    naming: dict[Key, set[Key]] = field(default_factory=dict)

    def see(self, key: Key, now: OtherBuild | None) -> frozenset[Key]:
        """Take in one ImageBuild as it is now, None where it is gone.

        Returns those to look at: who name it, if what it publishes or names is not what it was.
        """
        before, after = self.known.get(key, OtherBuild()), now or OtherBuild()
        self._forget(key, before.names)
        for name in after.names:
            self.naming.setdefault(Key(key.namespace, name), set()).add(key)
        if now is None:
            self.known.pop(key, None)
        else:
            self.known[key] = now
        return frozenset(self.naming.get(key, ())) if after != before else frozenset()

    def _forget(self, key: Key, names: Iterable[str]) -> None:
        for name in names:
            named = Key(key.namespace, name)
            self.naming[named].discard(key)
            if not self.naming[named]:
                del self.naming[named]
