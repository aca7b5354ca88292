"""What a message says of a build that took more than it may."""

import pytest

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause, Failure
from imagebuild.core.failures import message, table
from imagebuild.worker.exceeded import Exceeded, What

DISK = "the build fills 182 MiB of the disk; it may fill 200 MiB, and never quite"
DD = "dd: error writing '/file': File too large"


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Failure(Cause.DISK, DISK), DISK),
        (
            Failure(Cause.SOLVE, "exit code: 153", exit_code=153),
            "a file grew larger than one may be (exit code 153)",
        ),
        (
            Failure(Cause.SOLVE, "exit code: 1", exit_code=1, log_tail=f"{DD}\n9+0 records out"),
            f"a file grew larger than one may be (exit code 1: {DD})",
        ),
        (
            Failure(Cause.SOLVE, "TooManyLayers: it would have 129 layers or more"),
            "it would have 129 layers or more",
        ),
    ],
)
def test_the_bound_is_said_whoever_met_it(failure, words):
    assert message.of(table.find(failure), failure) == words


def test_what_cannot_be_counted_fills_the_disk_with_a_mend_of_its_own():
    row = table.find(Failure(Cause.DISK, str(Exceeded(What.UNCOUNTED, 0, 1)))).row
    assert row.reason is Reason.DISK_FULL
    assert "directory within a directory" in row.mend
