"""What BuildKit keeps on its disk: the records that ``buildctl du`` lists.

Source: ``UsageInfo`` in BuildKit's client/diskusage.go, ``cacheRecord.size`` in its cache/refs.go.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imagebuild.worker.solve import trace

# Files take whole blocks of this many bytes, which a compressed layer hardly ever does.
_BLOCK = 512

# A compressed layer of more than this holds files that take some place on a disk.
_SMALL_LAYER = 4096

# Caches of RUN and what a client sent are no part of an image.
_REGULAR = "regular"


@dataclass(frozen=True, slots=True)
class Record:
    """What a step made, or one layer of an image; it lies on its ``parents``, the lowest first.

    ``size`` in bytes is that of its own files on the disk and of its compressed layer, where it
    has one. ``touched``: when it was made or last used, in microseconds since the epoch.
    """

    id: str
    size: int
    parents: tuple[str, ...] = ()
    description: str = ""
    touched: int = 0
    in_use: bool = False

    @property
    def merges(self) -> bool:
        """It brings others together, as `COPY --link` does, and has no layer of its own."""
        return len(self.parents) > 1


def read(text: str) -> tuple[Record, ...]:
    """The records in what ``buildctl du --format '{{json .}}'`` writes; raises ValueError."""
    try:
        return tuple(_record(p) for p in json.loads(text) or () if p["recordType"] == _REGULAR)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no records of a disk: {error!r}") from None


def _record(plain: Mapping[str, Any]) -> Record:
    touched = (trace.time_of(plain.get(name)) for name in ("createdAt", "lastUsedAt"))
    return Record(
        id=plain["id"],
        size=plain["size"],
        parents=tuple(plain["parents"] or ()),
        description=plain["description"],
        touched=max((time for time in touched if time is not None), default=0),
        in_use=plain["inUse"],
    )


class Disk:
    """The records of a disk, and what is known of the compressed layers among them.

    ``rewritten``: that the layers which images hold are not quite those that the disk does.
    ``copies``: that a record holds copies of all the files below it too.
    """

    def __init__(
        self, records: Iterable[Record], *, rewritten: bool = False, copies: bool = False
    ) -> None:
        self.records = {record.id: record for record in records}
        self._rewritten = rewritten
        self._copies = copies
        self._layers: dict[str, int] = {}

    def below(self, record: Record) -> Iterator[Record]:
        """The record and all that it lies on, the highest first, each once.

        Raises LookupError where one of them is not on the disk any more.
        """
        seen: set[str] = set()
        ahead = [record.id]
        while ahead:
            if (name := ahead.pop()) not in seen:
                seen.add(name)
                yield (found := self.records[name])
                ahead += found.parents

    def layers(self, record: Record) -> tuple[Record, ...]:
        """The records that an image of this one has as layers, the lowest first."""
        return tuple(found for found in self.below(record) if not found.merges)[::-1]

    def hold(self, record: Record, sizes: Sequence[int]) -> None:
        """Takes in the sizes of an image's compressed layers, where ``record`` is that image."""
        if self.fits(record, sizes):
            known = (found.id for found in self.layers(record))
            self._layers |= dict(zip(known, sizes, strict=True))

    def fits(self, record: Record, sizes: Sequence[int]) -> bool:
        """Whether these can be the sizes of its compressed layers."""
        try:
            layers = self.layers(record)
        except LookupError:
            return False
        return len(layers) == len(sizes) and None not in map(self._own, layers, sizes)

    def unpacked(self, record: Record) -> int:
        """What the files of a record and of all below it take in bytes; 0 where that is not known.

        It is not where one of them is not unpacked, or has a compressed layer of unknown size, nor
        what merges come to where they hold links to the copies of others.
        """
        try:
            holding = self._holding(record)
        except LookupError:
            return 0
        own = [self._own(found, self._layers.get(found.id, 0)) for found in holding]
        return sum(size for size in own if size is not None) if None not in own else 0

    def _holding(self, record: Record) -> tuple[Record, ...]:
        """The records that hold the files of this one."""
        if not self._copies:
            return tuple(self.below(record))
        return () if record.merges else (record,)

    def _own(self, record: Record, layer: int) -> int | None:
        """What the files of one record take; None where it can't have a layer of this size."""
        files = record.size - layer
        off = (files + _BLOCK // 2) % _BLOCK - _BLOCK // 2
        if files < 0 or (files < _BLOCK and layer > _SMALL_LAYER):
            return None
        if off and not (self._rewritten and layer and abs(off) <= max(_BLOCK // 8, layer // 1000)):
            return None
        return files - off
