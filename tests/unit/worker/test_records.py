"""What one record's size tells, with and without the compressed layer in it."""

import json
from typing import Any

import pytest

from imagebuild.worker.solve.records import Disk, Record, read

LOWER = Record("lower", 8192 + 1000)
UPPER = Record("upper", 4096 + 77, parents=("lower",))
LAID = Record("laid", 4096)
MERGE = Record("merge", 512, parents=("upper", "laid"))
ABOVE = Record("above", 4096, parents=("merge",))


def disk(**how: bool) -> Disk:
    return Disk([LOWER, UPPER, LAID, MERGE, ABOVE], **how)


def plain(**fields: Any) -> dict[str, Any]:
    usual = {"id": "a", "size": 1, "parents": None, "description": "d", "recordType": "regular"}
    times = {"createdAt": "2026-01-01T00:00:00Z", "lastUsedAt": None, "inUse": False}
    return usual | times | fields


def test_the_layers_of_an_image_are_all_records_but_merges_the_lowest_first() -> None:
    assert disk().layers(ABOVE) == (LOWER, UPPER, LAID, ABOVE)


def test_a_record_below_two_others_counts_once() -> None:
    twice = Record("twice", 512, parents=("upper", "lower"))
    kept = Disk([LOWER, UPPER, twice])
    kept.hold(UPPER, (1000, 77))
    assert kept.unpacked(twice) == 8192 + 4096 + 512


@pytest.mark.parametrize(
    ("sizes", "unpacked"),
    [
        ((1000, 77), 12_288),
        ((1000, 78), 0),
        ((1000,), 0),
        ((1000, 77, 0), 0),
        ((9500, 77), 0),
        ((), 0),
    ],
    ids=["both", "another", "fewer", "more", "too-large", "none"],
)
def test_only_layers_that_fit_make_a_size_known(sizes: tuple[int, ...], unpacked: int) -> None:
    kept = disk()
    kept.hold(UPPER, sizes)
    assert kept.unpacked(UPPER) == unpacked


def test_a_layer_that_is_not_unpacked_is_of_no_image_whose_size_is_known() -> None:
    lazy = Record("lazy", 53_280_147)
    kept = Disk([lazy, Record("on", 8192, parents=("lazy",))])
    assert not kept.fits(lazy, (53_280_147,))
    assert kept.unpacked(kept.records["on"]) == 0


def test_what_lies_on_a_record_that_is_gone_has_no_size() -> None:
    orphan = Record("orphan", 4096, parents=("gone",))
    kept = Disk([orphan])
    assert (kept.unpacked(orphan), kept.fits(orphan, (1, 2))) == (0, False)


def test_a_layer_that_was_rewritten_is_near_enough() -> None:
    kept = disk(rewritten=True)
    kept.hold(UPPER, (1007, 70))
    assert kept.unpacked(UPPER) == 12_288
    kept = disk(rewritten=True)
    kept.hold(UPPER, (1207, 77))
    assert kept.unpacked(UPPER) == 0


def test_of_copies_the_highest_holds_all_and_a_merge_tells_nothing() -> None:
    kept = disk(copies=True)
    assert (kept.unpacked(ABOVE), kept.unpacked(LAID), kept.unpacked(MERGE)) == (4096, 4096, 0)


def test_a_chain_of_any_length_is_summed() -> None:
    chain = [Record("0", 512)]
    chain += [Record(str(n), 512, parents=(str(n - 1),)) for n in range(1, 5000)]
    assert Disk(chain).unpacked(chain[-1]) == 5000 * 512


def test_what_is_no_part_of_an_image_is_not_read() -> None:
    used = plain(id="b", parents=["a"], lastUsedAt="2026-01-01T00:00:01Z", inUse=True)
    others = [plain(recordType=kind) for kind in ("source.local", "exec.cachemount")]
    first = 1_767_225_600_000_000
    assert read(json.dumps([plain(), used, *others])) == (
        Record("a", 1, description="d", touched=first),
        Record("b", 1, ("a",), "d", touched=first + 1_000_000, in_use=True),
    )
    assert read("null") == ()


@pytest.mark.parametrize("text", ["", "error: no daemon", "[1]", '[{"id": "a"}]', "3"])
def test_what_is_no_list_of_records_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read(text)
