"""A failure with the registry, the Secret, the daemon's last words and the hint, all at once."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.orders import ORDER
from tests.registries import Registry

from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import explained, lastwords
from imagebuild.worker.contexts import skopeo
from imagebuild.worker.failure import FailedError
from imagebuild.worker.lastwords import LastWords
from imagebuild.worker.limits import Limits
from imagebuild.worker.scene import Scene
from imagebuild.worker.workspace import Workspace

DENIED = Failure(
    Cause.PUSH,
    "failed to push r.example/t/x:1: unexpected status from HEAD request to "
    "https://r.example/v2/t/x/blobs/sha256:012a: 401 Unauthorized",
    vertex="exporting to image",
)

Signed = Callable[..., Scene]


@pytest.fixture
def signed(space: Workspace, within: Limits, tmp_path: Path) -> Signed:
    """A scene of an order with the Secret `push-cred` for these hosts."""

    def signed(*hosts: str) -> Scene:
        directory = tmp_path / "push-cred"
        directory.mkdir()
        config = {"auths": {host: {"auth": "dTpw"} for host in hosts}}
        (directory / ".dockerconfigjson").write_text(json.dumps(config))
        order = replace(ORDER, registry_secrets=(str(directory),))
        return Scene(order, None, space, within)

    return signed


@pytest.mark.parametrize(
    ("hosts", "secret"), [(["r.example"], "push-cred"), (["other.example"], None), ([], None)]
)
def test_a_registry_is_named_with_the_secret_that_has_credentials_for_it(
    signed: Signed, hosts: list[str], secret: str | None
) -> None:
    told = explained.explained(DENIED, signed(*hosts))
    assert told == replace(DENIED, registry="r.example", secret=secret)


def test_what_skopeo_fails_at_is_named_too(
    registry: Registry, space: Workspace, within: Limits
) -> None:
    registry.word = "asked for"
    reaching = replace(space, registries_conf=registry.conf(space.root))
    with pytest.raises(FailedError) as raised:
        skopeo.manifest(
            f"{registry.host}/a:1", to=space.root / "m", workspace=reaching, limits=within
        )
    assert raised.value.failure.error.startswith("RegistryAuth: ")
    assert raised.value.failure.registry == registry.host


def test_a_secret_that_cannot_be_read_hides_no_registry(signed: Signed) -> None:
    scene = signed("r.example")
    Path(scene.order.registry_secrets[0], ".dockerconfigjson").write_text("{")
    assert explained.explained(DENIED, scene) == replace(DENIED, registry="r.example")


def test_a_failure_of_a_step_stays_as_it_is(signed: Signed) -> None:
    failure = Failure(
        Cause.SOLVE, "did not complete successfully: exit code: 137", exit_code=137, log_tail="x"
    )
    assert explained.explained(failure, signed("r.example")) == failure


def test_the_daemons_last_words_are_told(signed: Signed) -> None:
    scene = signed()
    lastwords.write(scene.workspace.last_words, LastWords("panic: out of luck\n", 2))
    failure = Failure(Cause.DAEMON, "error reading from server: EOF", vertex="[a 2/2] RUN x")
    told = explained.explained(failure, scene)
    assert told == replace(failure, log_tail="panic: out of luck")


def test_a_hint_that_is_known_already_is_kept(signed: Signed) -> None:
    failure = Failure(Cause.SOLVE, "target stage could not be found", hint="did you mean final?")
    assert explained.explained(failure, signed()) == failure
