"""When the disk of a build is looked through, and what is too much of it, or of processes."""

import pytest

from imagebuild.worker.bounded.watch import Crowd, Disk

GIB = 1024**3


def disk() -> Disk:
    """Of 10 GiB, on a volume that has 100 GiB."""
    return Disk(10 * GIB, free=100 * GIB, now=0.0)


@pytest.mark.parametrize(
    ("free", "due"),
    [(100, False), (96, False), (91.1, False), (91, True), (10, True), (200, False)],
)
def test_a_walk_is_due_once_the_build_could_have_taken_too_much(free: float, *, due: bool) -> None:
    assert disk().is_due(int(free * GIB), 1.0) is due


def test_what_others_wrote_is_known_after_a_walk_and_costs_no_second_one() -> None:
    watch = disk()
    assert watch.is_due(90 * GIB, 1.0)
    assert not watch.walked(1 * GIB, free=90 * GIB, now=1.0)
    assert not watch.is_due(83 * GIB, 2.0)
    assert watch.is_due(82 * GIB, 3.0)


def test_close_to_the_bound_not_every_block_is_a_walk() -> None:
    watch = disk()
    assert not watch.walked(int(8.99 * GIB), free=91 * GIB, now=1.0)
    assert not watch.is_due(91 * GIB - GIB // 6, 2.0)
    assert watch.is_due(91 * GIB - GIB // 4, 2.0)


def test_what_others_free_hides_nothing_that_is_written_afterwards() -> None:
    watch = disk()
    assert not watch.is_due(150 * GIB, 1.0)
    assert watch.is_due(141 * GIB, 2.0)


def test_what_others_free_in_the_same_moment_is_found_within_half_a_minute() -> None:
    watch = disk()
    assert not watch.is_due(100 * GIB - 1, 29.0)
    assert watch.is_due(100 * GIB - 1, 31.0)
    assert not watch.walked(GIB, free=100 * GIB - 1, now=31.0)
    assert not watch.is_due(100 * GIB - 2, 32.0)


def test_nothing_is_walked_on_a_disk_on_which_nothing_happens() -> None:
    assert not disk().is_due(100 * GIB, 100_000.0)


@pytest.mark.parametrize(("used", "enough"), [(8.9, False), (9.0, True), (12, True)])
def test_nine_tenths_are_too_much(used: float, *, enough: bool) -> None:
    assert disk().walked(int(used * GIB), free=GIB, now=1.0) is enough


@pytest.mark.parametrize(
    ("counts", "too_many"),
    [
        ([10] * 9, False),
        ([950] * 3, False),
        ([950] * 4, True),
        ([950, 950, 10, 950, 950, 950], False),
        ([0, 1200, 1200, 1200, 1200], True),
    ],
    ids=["few", "for a moment", "for good", "that come and go", "more than there may be"],
)
def test_a_crowd_is_too_many_once_it_stays(counts: list[int], *, too_many: bool) -> None:
    crowd = Crowd(1000)
    seen = [crowd.is_too_many(count, float(second)) for second, count in enumerate(counts)]
    assert seen[-1] is too_many
