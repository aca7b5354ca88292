from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Context, Git, Order, Target
from imagebuild.contract.report import Cause
from imagebuild.contract.source import Source
from imagebuild.worker import dockerfile
from imagebuild.worker.failure import FailedError
from imagebuild.worker.solve import filled

COMMIT = "4f1c" + "0" * 36
SOURCE = Source("context", commit=COMMIT, ref="main", branch="feature/x", time=1_700_000_000)
CREATED, SOURCE_LABEL, REVISION = (
    f"org.opencontainers.image.{name}" for name in ("created", "source", "revision")
)
GIT = replace(
    ORDER,
    started=1_770_000_000,
    contexts=(Context("context", git=Git("https://git.example/a.git", ref="main")),),
)
STANDARD = {
    CREATED: "2026-02-02T02:40:00Z",
    SOURCE_LABEL: "https://git.example/a.git",
    REVISION: COMMIT,
}


def fill(order: Order, text: str = "FROM x", source: Source | None = SOURCE) -> Order:
    return filled.filled(order, source, dockerfile.read(text))


def filled_target(target: Target, text: str = "FROM x", source: Source | None = SOURCE) -> Target:
    return fill(replace(GIT, targets=(target,)), text, source).targets[0]


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        (("r.example/a:1",), ("r.example/a:1",)),
        (("r.example:5000/a:$(branch)-$(time)-$(commit7)",), None),
        (("r.example/a:$(tag)", "r.example/a:2"), ("r.example/a:2",)),
        (("r.example/a:$(tag)",), ()),
        (("r.example/a:$(number)", "r.example/a:1"), ("r.example/a:1",)),
    ],
    ids=["none", "several", "an empty one", "only an empty one", "the same twice"],
)
def test_images_with_their_facts(images: tuple[str, ...], expected: tuple[str, ...] | None) -> None:
    found = filled_target(Target(images=images)).images
    assert found == (
        ("r.example:5000/a:feature-x-20231114221320-4f1c000",) if expected is None else expected
    )


@pytest.mark.parametrize(
    "image",
    ["a:$(branch)-" + "x" * 128, "a:-$(number)", "a:x$(b ad", "r.example:5000/a:.$(date)"],
)
def test_an_image_that_cannot_be_is_refused_by_its_text(image: str) -> None:
    with pytest.raises(FailedError) as raised:
        filled_target(Target(images=("a:1", image)))
    assert raised.value.failure.cause is Cause.CONTEXT
    assert raised.value.failure.path == "spec.publish[0].images[1]"
    assert raised.value.failure.error.startswith(f"FactInvalid: {image}")


def test_two_stages_are_not_published_as_the_same_image() -> None:
    targets = (Target("a", images=("r/a:$(branch)",)), Target("b", images=("r/a:feature-x",)))
    words = r"^FactInvalid: r/a:feature-x is already published by spec.publish\[0\].images\[0\]"
    with pytest.raises(FailedError, match=words) as raised:
        fill(replace(GIT, targets=targets))
    assert raised.value.failure.path == "spec.publish[1].images[0]"


def test_facts_in_arguments_are_filled_in_and_an_empty_one_is_empty() -> None:
    args = {"A": "v$(commit7)", "B": "[$(tag)]", "C": "$$(commit)", "D": "$(name)/$(namespace)"}
    order = fill(replace(GIT, args=args))
    assert order.args == {"A": "v4f1c000", "B": "[]", "C": "$(commit)", "D": "n/n"}


def test_a_published_image_tells_when_and_of_what_it_was_made() -> None:
    target = filled_target(Target(archive="/a"))
    assert target.labels == STANDARD
    assert target.annotations == STANDARD


def test_a_target_that_goes_nowhere_stays_as_it_is() -> None:
    assert filled_target(Target("test")) == Target("test")


def test_without_git_there_is_no_source_and_no_revision() -> None:
    order = fill(replace(GIT, contexts=(), targets=(Target(archive="/a"),)), source=None)
    assert order.targets[0].labels == {CREATED: STANDARD[CREATED]}


OWN = {CREATED: "mine"}


@pytest.mark.parametrize(
    ("text", "target", "labels", "annotations"),
    [
        ("FROM x", Target(archive="/a", labels=OWN), STANDARD | OWN, STANDARD | OWN),
        ("FROM x", Target(archive="/a", annotations=OWN), STANDARD, STANDARD | OWN),
        (
            f'FROM x AS a\nLABEL "{REVISION}"=1 {CREATED}=2\nFROM a AS b\nFROM b AS c\n',
            Target("B", archive="/a"),
            {SOURCE_LABEL: STANDARD[SOURCE_LABEL]},
            {SOURCE_LABEL: STANDARD[SOURCE_LABEL]},
        ),
        (
            f"FROM x AS a\nLABEL {REVISION}=1\nFROM x AS b\n",
            Target(archive="/a"),
            STANDARD,
            STANDARD,
        ),
        (
            "FROM x",
            Target(archive="/a", labels={"v": "$(commit7)"}, annotations={"d": "$(date)"}),
            STANDARD | {"v": "4f1c000"},
            STANDARD | {"d": "2023-11-14"},
        ),
    ],
    ids=["publish label", "annotation", "stage label", "another stage's label", "facts"],
)
def test_what_the_user_says_of_an_image_wins(
    text: str, target: Target, labels: Mapping[str, str], annotations: Mapping[str, str]
) -> None:
    found = filled_target(target, text)
    assert (found.labels, found.annotations) == (labels, annotations)


@pytest.mark.parametrize(
    ("source", "epoch", "created"),
    [
        (SOURCE, "1700000000", "2023-11-14T22:13:20Z"),
        (None, "0", "1970-01-01T00:00:00Z"),
    ],
)
def test_a_reproducible_build_knows_no_time_but_the_commits(
    source: Source | None, epoch: str, created: str
) -> None:
    order = replace(GIT, reproducible=True, targets=(Target(archive="/a"),))
    found = fill(order, source=source)
    assert found.args == {"SOURCE_DATE_EPOCH": epoch}
    assert found.targets[0].labels[CREATED] == created
