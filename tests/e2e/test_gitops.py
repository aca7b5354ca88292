"""docs/gitops.md as it stands, and what tools that apply, compare and wait see of an ImageBuild."""

import json
from datetime import UTC, datetime

import pytest
import yaml
from tests import cluster
from tests.e2e import pages
from tests.e2e.specs import one, stage, stages, to

PAGE = "docs/gitops.md"
SHOP = "manifests/gitops/flux/images/shop.yaml"
DOCKERFILE = """\
FROM alpine:3.18
COPY word /word
USER 65532
CMD ["cat", "/word"]
"""
RUN = (
    "Argo CD",
    "Request a build",
    "Suspend and resume",
    "Apply twice",
    "The digest",
    "A ConfigMap fills it in",
)


@pytest.fixture(scope="module")
def replaced(shared, registry, outside):
    """What stands on the page and in the manifests -> what it is in this cluster."""
    commit = {"name": "first", "files": {"Dockerfile": DOCKERFILE, "word": "shop\n"}}
    return {
        "https://git.example.com/team-a/shop.git": outside.repository("gitops", commit).url,
        "registry.example.com/team-a/": f"{registry.name}/{shared.namespace}/",
        "team-a": shared.namespace,
    }


@pytest.fixture(scope="module")
def page(shared, replaced):
    return list(pages.blocks(PAGE, {**replaced, "-n argocd ": f"-n {shared.namespace} "}))


@pytest.fixture(scope="module")
def terminal(shared, replaced, tmp_path_factory):
    """Someone in front of the repository, whose ImageBuild was applied and published."""
    here = pages.Terminal(tmp_path_factory.mktemp("gitops"))
    text = (pages.ROOT / SHOP).read_text()
    for placeholder, real in replaced.items():
        text = text.replace(placeholder, real)
    (here.place / "images").mkdir()
    (here.place / "images/shop.yaml").write_text(text)
    shared("apply", "--filename", str(here.place / "images/shop.yaml"))
    cluster.until(shared, "shop", "Published")
    return here


def follow(terminal, page, heading):
    return terminal.follow(pages.commands(page, heading))


def test_every_command_of_the_page_is_run_here():
    shown = {b.heading for b in pages.blocks(PAGE) if b.language == "console"}
    assert shown == set(RUN)


def of_shop(kubectl):
    """Its Jobs."""
    owner = [(job["metadata"]["ownerReferences"][0], job) for job in kubectl.items("jobs")]
    return [job for of, job in owner if of["name"] == "shop"]


def state(kubectl):
    """All that applying an ImageBuild again might disturb."""
    found = kubectl.get("imagebuild", "shop")
    jobs = {job["metadata"]["name"]: job["metadata"]["resourceVersion"] for job in of_shop(kubectl)}
    same = ("generation", "resourceVersion")
    number = found["status"]["build"]["number"]
    return jobs, number, {name: found["metadata"][name] for name in same}


def test_applied_twice_nothing_happens(terminal, page, shared):
    # A Job is written to for some seconds after its worker has ended.
    shared("wait", "jobs", "--all", "--for=condition=Complete", "--timeout=60s")
    before = state(shared)
    follow(terminal, page, "Apply twice")
    # Whatever it would do to this object, the operator does before it builds a later one.
    shared.apply(cluster.imagebuild("later", one({"run": "true"})))
    cluster.until(shared, "later", "Built")
    assert state(shared) == before


@pytest.mark.parametrize(
    "how",
    [(), ("--server-side", "--field-manager=kustomize-controller", "--force-conflicts")],
    ids=["client-side", "server-side"],
)
def test_nothing_differs_from_git_after_a_build(namespace, registry, how):
    """No status and no default, whatever the spec says: kubectl diff ends with 1 where it does."""
    image = f"{registry.name}/{namespace.namespace}/all:1"
    made = stage(
        {"file": {"path": "/word", "content": "one"}, "chmod": "0644"},
        {"run": "cat /word", "mounts": [{"tmpfs": {"target": "/scratch"}}]},
        {"user": 65532},
        env=[{"name": "A", "value": "b"}],
        args=["VERSION"],
        expose=[8080],
    )
    spec = stages(
        made,
        args=[{"name": "VERSION", "value": "1"}],
        publish=to(image),
        resources={"requests": {"cpu": "100m"}},
    )
    text = json.dumps(cluster.imagebuild("all", spec))
    namespace("apply", *how, "--filename", "-", stdin=text)
    cluster.until(namespace, "all", "Published")
    assert namespace("diff", *how, "--filename", "-", stdin=text) == ""


def test_a_request_is_answered_in_the_status_and_waited_for(terminal, page, shared):
    before = shared.get("imagebuild", "shop")
    follow(terminal, page, "Request a build")
    found = shared.get("imagebuild", "shop")
    asked = found["metadata"]["annotations"]["imagebuild.dev/requestedAt"]
    assert found["status"]["lastHandledReconcileAt"] == asked
    assert found["metadata"]["generation"] == before["metadata"]["generation"]
    numbers = [item["status"]["build"]["number"] for item in (before, found)]
    assert numbers == [numbers[0], numbers[0] + 1]
    assert found["status"]["build"]["result"] == "Succeeded"


@pytest.mark.usefixtures("terminal")
def test_a_request_of_fluxs_is_answered_too(shared):
    number = shared.get("imagebuild", "shop")["status"]["build"]["number"]
    asked = datetime.now(UTC).isoformat()
    annotation = f"reconcile.fluxcd.io/requestedAt={asked}"
    shared("annotate", "imagebuild", "shop", "--overwrite", annotation)
    status = cluster.until(shared, "shop", "Published", build=number + 1)["status"]
    assert status["lastHandledReconcileAt"] == asked
    shared("annotate", "imagebuild", "shop", "reconcile.fluxcd.io/requestedAt-")


def test_what_is_suspended_and_resumed_is_as_it_was(terminal, page, shared):
    before = shared.get("imagebuild", "shop")
    follow(terminal, page, "Suspend and resume")
    found = cluster.until(shared, "shop", "Published")
    assert found["spec"] == before["spec"]
    assert found["status"]["build"]["number"] == before["status"]["build"]["number"]


def test_the_digest_is_what_is_in_the_registry(terminal, page, registry):
    (image,) = follow(terminal, page, "The digest")
    assert registry.pull(image).read("/word") == b"shop\n"


def test_the_config_map_fills_in_what_is_deployed(terminal, page, shared):
    found = cluster.wait_until(lambda: shared.get("configmap", "shop-image"), what="it is there")
    (image,) = follow(terminal, page, "A ConfigMap fills it in")
    assert found["metadata"]["labels"]["reconcile.fluxcd.io/watch"] == "Enabled"
    assert image == shared.get("imagebuild", "shop")["status"]["image"]

    text = (pages.ROOT / "manifests/gitops/flux/deploy/shop.yaml").read_text()
    for variable, value in found["data"].items():  # as Flux does
        text = text.replace(f"${{{variable}}}", value)
    (container,) = yaml.safe_load(text)["spec"]["template"]["spec"]["containers"]
    assert cluster.output(shared, container["image"]) == "shop\n"


def test_argo_cds_config_map_takes_the_patch_and_keeps_the_rest(terminal, page, shared):
    patch = "manifests/gitops/argocd/argocd-cm.yaml"
    text = (pages.ROOT / patch).read_text()
    (terminal.place / patch).parent.mkdir(parents=True)
    (terminal.place / patch).write_text(
        text.replace("namespace: argocd", f"namespace: {shared.namespace}")
    )
    shared("create", "configmap", "argocd-cm", "--from-literal=url=https://argocd.example.com")
    follow(terminal, page, "Argo CD")
    data = shared.get("configmap", "argocd-cm")["data"]
    added = yaml.safe_load(text)["data"]
    assert data == {"url": "https://argocd.example.com", **added}


def test_kubectl_waits_for_ready_and_for_stalled_of_the_present_generation(namespace, registry):
    image = f"{registry.name}/{namespace.namespace}/waited:1"
    wait = ("wait", "imagebuild/waited", "--timeout=60s")
    namespace.apply(cluster.imagebuild("waited", one({"run": "true"}, publish=to(image))))
    assert "condition met" in namespace(*wait, "--for=condition=Ready")

    namespace.apply(cluster.imagebuild("waited", one({"run": "exit 3"}, publish=to(image))))
    at_once = namespace(
        "wait", "imagebuild/waited", "--timeout=0", "--for=condition=Ready", check=False
    )
    assert "condition met" not in at_once
    assert "condition met" in namespace(*wait, "--for=condition=Stalled")
    assert cluster.condition(namespace.get("imagebuild", "waited"))["reason"] == "StepFailed"
