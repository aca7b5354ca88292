"""What tools that go by kstatus (kubectl, Flux, Argo CD) make of an ImageBuild in every phase."""

import re

import pytest
from tests import phases

from imagebuild.api import crd, reasons
from imagebuild.api.reasons import Reason
from imagebuild.core.status import conditions


def kstatus(found):
    """An object's status by the rules of kubernetes-sigs/cli-utils, pkg/kstatus, in their order."""
    metadata, status = found["metadata"], found.get("status", {})
    if "deletionTimestamp" in metadata:
        return phases.TERMINATING
    if status.get("observedGeneration", metadata["generation"]) != metadata["generation"]:
        return phases.IN_PROGRESS
    for condition in status.get("conditions", ()):
        if (condition["type"], condition["status"]) == ("Reconciling", "True"):
            return phases.IN_PROGRESS
        if (condition["type"], condition["status"]) == ("Stalled", "True"):
            return phases.FAILED
    ready = [c["status"] for c in status.get("conditions", ()) if c["type"] == "Ready"]
    return phases.CURRENT if ready in ([], ["True"]) else phases.IN_PROGRESS


@pytest.mark.parametrize("phase", phases.OBJECTS)
def test_kstatus_says_of_each_phase_what_it_is(phase):
    found = phases.OBJECTS[phase]
    assert kstatus(found) == phases.KSTATUS[phase], found["status"]


@pytest.mark.parametrize("phase", phases.OBJECTS)
def test_reconciling_and_stalled_are_there_only_while_true_and_never_both(phase):
    found = {c["type"]: c["status"] for c in phases.OBJECTS[phase]["status"].get("conditions", ())}
    others = {kind: value for kind, value in found.items() if kind != "Ready"}
    assert set(others.values()) <= {"True"}
    assert len(others) < 2, others
    assert "Ready" in found or not found


@pytest.mark.parametrize("phase", phases.OBJECTS)
def test_what_is_said_of_a_generation_carries_it_everywhere(phase):
    """By a condition's own generation kubectl wait knows an answer of before from one of now."""
    status = phases.OBJECTS[phase]["status"]
    said = {c["observedGeneration"] for c in status.get("conditions", ())}
    assert said <= {status["observedGeneration"]}


def test_an_object_that_nobody_has_seen_has_the_status_that_the_crd_gives_it():
    unseen = crd.whole_object()["properties"]["status"]["default"]
    assert phases.OBJECTS["unseen"]["status"] == unseen


@pytest.mark.parametrize("phase", [p for p in phases.OBJECTS if ": " in p])
def test_a_phase_has_the_reason_that_it_is_called_by(phase):
    called = phase.partition(": ")[2]
    assert re.match(rf"{phases.REASONS[phase]}\b", called), phases.OBJECTS[phase]["status"]


def test_every_reason_has_a_phase_that_kstatus_calls_what_it_is():
    """Failures that are tried again stand for each other: all go the same way."""
    shown = {(phases.REASONS[name], found) for name, found in phases.KSTATUS.items()}
    expected = {(str(reason), phases.FAILED) for reason in Reason if reasons.terminal(reason)}
    expected |= {(str(reason), phases.IN_PROGRESS) for reason in conditions.OBSTACLES}
    assert expected <= shown, f"no phase in tests/phases.py: {sorted(expected - shown)}"
