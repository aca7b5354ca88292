"""How many layers an image would have, as far as its Dockerfile tells."""

from dataclasses import replace

import pytest
from tests.orders import ORDER

from imagebuild.contract.order import Target
from imagebuild.worker import dockerfile
from imagebuild.worker.dockerfile import depth
from imagebuild.worker.failure import FailedError
from imagebuild.worker.solve import targets

RUNS = "RUN true\n" * 64
IMAGES = ("r.example/a:1",)


@pytest.mark.parametrize(
    ("text", "target", "layers"),
    [
        ("FROM scratch\nENV a=b\nUSER 1\n", None, 0),
        ("FROM a:1\n", None, 1),
        ("FROM a:1\nWORKDIR /a\nCOPY a a\nADD a a\nRUN true\nLABEL a=b\n", None, 5),
        (f"FROM a:1 AS one\n{RUNS}FROM one AS two\n{RUNS}", None, 129),
        (f"FROM a:1 AS one\n{RUNS}FROM one AS two\n{RUNS}", "ONE", 65),
        (f"FROM a:1 AS one\n{RUNS}FROM scratch\nCOPY --from=one /a /\n", None, 1),
        ("FROM a:1 AS one\nONBUILD RUN true\nFROM one\nRUN true\n", None, 3),
    ],
)
def test_steps_of_a_stage_and_of_what_it_is_built_from_are_its_layers(
    text: str, target: str | None, layers: int
) -> None:
    assert depth.layers(dockerfile.read(text), target) == layers


TOO_DEEP = f"FROM a:1 AS one\n{RUNS}FROM one AS two\n{RUNS}FROM two AS final\n"


def test_an_image_that_no_runtime_unpacks_is_refused_before_any_solve() -> None:
    order = replace(ORDER, targets=(Target("one", IMAGES), Target("final", IMAGES)))
    with pytest.raises(FailedError, match=r"^TooManyLayers: .* 129 layers") as raised:
        targets.check(order, dockerfile.read(TOO_DEEP))
    assert raised.value.failure.stage == "final"


@pytest.mark.parametrize(
    "target",
    [Target("final"), Target("one", IMAGES)],
    ids=["only tested", "not that deep"],
)
def test_what_nobody_unpacks_may_have_any_number_of_layers(target: Target) -> None:
    targets.check(replace(ORDER, targets=(target,)), dockerfile.read(TOO_DEEP))
