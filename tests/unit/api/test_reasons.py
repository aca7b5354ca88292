"""Every reason has its line in the table."""

import pytest

from imagebuild.api import reasons
from imagebuild.api.reasons import Reason

CALM = {Reason.BUILDING, Reason.PUBLISHED, Reason.BUILT}


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_says_what_it_means_and_what_to_do(reason):
    entry = reasons.TABLE[reason]
    assert entry.meaning.endswith(".")
    assert bool(entry.mend) == (reason not in CALM)
    assert not (entry.terminal and reason in CALM | {Reason.SUSPENDED})


def test_a_reason_of_another_version_has_no_mend_and_ends_nothing():
    assert (reasons.mend("Unheard"), reasons.terminal("Unheard")) == ("", False)


def test_no_mend_names_the_main_context_where_another_may_have_failed():
    named = [reason for reason in Reason if "spec.context." in reasons.mend(reason)]
    assert named == []
