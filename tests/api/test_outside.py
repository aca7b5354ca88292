"""What a spec names beside itself, against the real API server: ImageBuilds, ConfigMaps, Flux."""

import base64
import dataclasses
import json

import pytest
from tests import cluster, flux
from tests.api.conftest import SPEC, SUCCESS

from imagebuild.contract import order as orders

OTHER_DIGEST = "sha256:" + "ab" * 32
OTHER = dataclasses.replace(
    SUCCESS, images=(dataclasses.replace(SUCCESS.images[0], digest=OTHER_DIGEST),)
)
FLUX = flux.CRD["metadata"]["name"]


def app(**context):
    return {**SPEC, "context": context}


def order(stage, job):
    """What the worker of a Job is told."""
    found = stage.kubectl.get("configmap", job)
    return orders.unpack(base64.b64decode(found["binaryData"][orders.FILE]))


def test_an_imagebuild_waits_for_another_and_is_built_of_each_image_of_it(stage):
    stage.apply(app(imageBuild={"name": "base", "stage": "final"}), name="app")
    found = stage.until("WaitingForImageBuild", name="app")
    assert "there is no ImageBuild base" in cluster.condition(found)["message"]
    assert not cluster.condition(found, "Stalled")

    stage.apply(name="base")
    stage.job("base-1-1")
    assert "app-1-1" not in stage.jobs()
    stage.end(SUCCESS, job="base-1-1")
    # Much sooner than anyone would look again by the clock: it is woken.
    stage.job("app-1-1")
    image = stage.until("Published", name="base")["status"]["image"]
    (context,) = order(stage, "app-1-1").contexts
    assert context.image == image
    stage.end(SUCCESS, job="app-1-1")
    stage.until("Published", name="app")

    stage.kubectl("annotate", "imgb", "base", "imagebuild.dev/requestedAt=again")
    stage.end(OTHER, job="base-2-1")
    stage.end(SUCCESS, job="app-2-1")
    status = stage.until("Published", name="app", build=2)["status"]
    assert status["build"]["reason"] == "ContextChanged"
    assert order(stage, "app-2-1").contexts[0].image.endswith(OTHER_DIGEST)

    stage.kubectl("annotate", "imgb", "base", "imagebuild.dev/requestedAt=once-more", "--overwrite")
    stage.end(OTHER, job="base-3-1")
    stage.until("Published", name="base", build=3)
    stage.settle()
    assert stage.imagebuild("app")["status"]["build"]["number"] == 2, "of the same image"


def test_imagebuilds_that_take_files_from_each_other_are_told_so_until_one_steps_out(stage):
    stage.apply(app(imageBuild={"name": "two"}), name="one")
    stage.apply(app(imageBuild={"name": "one"}), name="two")
    for name, circle in (("one", "one <- two <- one"), ("two", "two <- one <- two")):
        message = cluster.condition(stage.until("InvalidSpec", name=name))["message"]
        assert circle in message
    stage.apply(SPEC, name="two")
    stage.end(SUCCESS, job="two-1-1")
    stage.job("one-1-1")


def test_a_value_from_a_config_map_is_waited_for_used_and_followed(stage):
    key = {"configMapKeyRef": {"name": "versions", "key": "go"}}
    stage.apply({**SPEC, "args": [{"name": "GO", "valueFrom": key}]})
    found = stage.until("ContextNotFound")
    said = "spec.args[0].valueFrom: there is no ConfigMap versions"
    assert said in cluster.condition(found)["message"]
    stage.kubectl("create", "configmap", "versions", "--from-literal=go=1.22")
    stage.job()
    assert order(stage, "hello-1-1").args == {"GO": "1.22"}


@pytest.fixture
def install_flux(kubectl):
    """Has the kinds of Flux' sources known when it is called, without Flux; gone afterwards."""

    def install():
        kubectl.apply(flux.CRD)
        kubectl("wait", "--for=condition=Established", f"crd/{FLUX}", "--timeout=20s")

    yield install
    kubectl("delete", "crd", FLUX, "--ignore-not-found")


REPOSITORY = {
    "apiVersion": "source.toolkit.fluxcd.io/v1",
    "kind": "GitRepository",
    "metadata": {"name": "app"},
    "spec": {"url": "https://git.example.com/app.git"},
}


def test_a_source_of_flux_is_waited_for_in_words_that_say_what_is_missing(stage, install_flux):
    stage.apply(app(flux={"kind": "GitRepository", "name": "app"}))

    def says(words):
        def said():
            return words in cluster.condition(stage.until("ContextNotFound"))["message"]

        cluster.wait_until(said, what=f"the message says: {words}", seconds=30)

    says("Flux is not installed")
    install_flux()
    says("Flux is installed, but there is no GitRepository app")
    stage.kubectl.apply(REPOSITORY)
    says("GitRepository app has no artifact yet")
    artifact = {"url": "http://source-controller.flux-system/app.tar.gz", "digest": OTHER_DIGEST}
    patch = json.dumps({"status": {"artifact": artifact}})
    what = ("patch", FLUX, "app", "--subresource=status", "--type=merge", "--patch", patch)
    stage.kubectl(*what)
    stage.job()
    (context,) = order(stage, "hello-1-1").contexts
    sha256 = OTHER_DIGEST.removeprefix("sha256:")
    assert context.http == orders.Http(artifact["url"], sha256, flux=True)
