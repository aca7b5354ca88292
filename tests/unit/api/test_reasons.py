"""Every reason has its line in a table, of the kind that conditions make of it."""

import pytest

from imagebuild.api import reasons
from imagebuild.api.reasons import Kind, Reason, rules

NOTHING_WRONG = {Kind.READY, Kind.PENDING, Kind.PAST}


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_says_what_it_means_and_what_to_do(reason):
    entry = reasons.TABLE[reason]
    assert entry.meaning.endswith(".")
    assert not entry.mend or entry.mend.endswith(".")
    assert bool(entry.mend) == (entry.kind not in NOTHING_WRONG or reason is Reason.SUSPENDED)


def test_only_failures_end_a_build_for_good():
    assert {entry.kind for entry in reasons.TABLE.values() if entry.terminal} == {Kind.FAILED}


def test_each_reason_is_in_one_section():
    listed = [reason for section in reasons.SECTIONS.values() for reason in section]
    assert sorted(listed) == sorted(Reason)


def test_a_reason_of_another_version_has_no_mend_and_ends_nothing():
    assert (reasons.mend("Unheard"), reasons.terminal("Unheard")) == ("", False)


def test_no_mend_names_the_main_context_where_another_may_have_failed():
    named = [reason for reason in Reason if "spec.context." in reasons.mend(reason)]
    assert named == []


# github.com/openshift/api, build/v1/consts.go: StatusReason. What no build here can fail of is
# left out: source-to-image's own (ManageDockerfileFailed, PostCommitHookFailed), and the lookups of
# its controller (CannotRetrieveServiceAccount, BuildPodExists, CancelBuildFailed).
OF_OPENSHIFT = {
    "CannotCreateBuildPodSpec": "InvalidSpec",
    "CannotCreateBuildPod": "NotAdmitted",
    "InvalidOutputReference": "InvalidSpec",
    "InvalidImageReference": "ImageNotFound",
    "BuildPodDeleted": "BuilderLost",
    "BuildPodEvicted": "Evicted",
    "ExceededRetryTimeout": "Timeout",
    "MissingPushSecret": "WaitingForSecret",
    "PushImageToRegistryFailed": "PushFailed",
    "PullBuilderImageFailed": "RegistryUnreachable",
    "FetchSourceFailed": "GitUnreachable",
    "FetchImageContentFailed": "RegistryUnreachable",
    "InvalidContextDirectory": "PathNotFound",
    "CancelledBuild": "Canceled",
    "DockerBuildFailed": "StepFailed",
    "FailedContainer": "InternalError",
    "NoBuildContainerStatus": "BuilderLost",
    "UnresolvableEnvironmentVariable": "ContextNotFound",
    "OutOfMemoryKilled": "OutOfMemory",
    "GenericBuildFailed": "BuildFailed",
}


@pytest.mark.parametrize("theirs", OF_OPENSHIFT)
def test_what_openshift_has_a_word_for_has_one_here(theirs):
    assert OF_OPENSHIFT[theirs] in set(Reason)


@pytest.mark.parametrize("rule", rules.TABLE)
def test_a_warning_says_what_it_means_and_what_to_do(rule):
    found = rules.TABLE[rule]
    assert found.meaning.endswith(".")
    assert found.mend.endswith(".")
