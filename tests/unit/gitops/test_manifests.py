"""The manifests for Flux and Argo CD hang together, and the pages show them as they are."""

import collections
import re
from pathlib import Path

import pytest
import yaml
from tests.e2e import pages

from imagebuild.api import validate
from imagebuild.api.spec import ImageBuildSpec
from imagebuild.api.status import PublishedImage
from imagebuild.core.kept import image as image_config_map

ROOT = Path(__file__).parents[3]
GITOPS = ROOT / "manifests/gitops"
RECORDED = GITOPS / "argocd/resource_customizations"
FILES = [path for path in sorted(GITOPS.rglob("*.yaml")) if RECORDED not in path.parents]
DOCUMENTS = [item for path in FILES for item in yaml.safe_load_all(path.read_text())]
# What Flux' bootstrap makes, or its users: the repository that it applies, one that is built.
GIVEN = {("GitRepository", "flux-system", "fleet"), ("GitRepository", "team-a", "shop")}
MARKER = re.compile(r'# (\{"\$imagepolicy": "([\w-]+):([\w-]+)"\})$', re.MULTILINE)
REPOSITORY = "registry.example.com/team-a/shop"
DIGEST = "sha256:" + "7e" * 32
PUBLISHED = PublishedImage(
    image=f"{REPOSITORY}@{DIGEST}", digest=DIGEST, tags=(f"{REPOSITORY}:main",)
)


def key(item):
    return item["kind"], item["metadata"]["namespace"], item["metadata"]["name"]


def of_kind(kind):
    return [item for item in DOCUMENTS if item["kind"] == kind]


def shown_on(page):
    return [yaml.safe_load(b.text) for b in pages.blocks(page) if b.language == "yaml"]


def images(imagebuild):
    return [image for entry in imagebuild["spec"]["publish"] for image in entry["images"]]


def all_images():
    return [image for item in of_kind("ImageBuild") for image in images(item)]


def test_every_imagebuild_can_be_built():
    assert of_kind("ImageBuild")
    for item in of_kind("ImageBuild"):
        assert validate.problems(ImageBuildSpec.model_validate(item["spec"])) == ()


@pytest.mark.parametrize("item", DOCUMENTS, ids=lambda item: "/".join(key(item)))
def test_what_is_referred_to_is_there(item):
    there = {key(other) for other in DOCUMENTS} | GIVEN
    home = item["metadata"]["namespace"]
    spec = item.get("spec", {})
    wanted = [spec["sourceRef"]] if "sourceRef" in spec else []
    wanted += spec["resources"] if item["kind"] == "Receiver" else []
    wanted += [{"kind": "Kustomization", **ref} for ref in spec.get("dependsOn", ())]
    wanted += [
        {"kind": "ImageRepository", **ref} for ref in [spec.get("imageRepositoryRef")] if ref
    ]
    for ref in wanted:
        assert (ref["kind"], ref.get("namespace", home), ref["name"]) in there


def test_every_folder_is_applied():
    applied = {(GITOPS / "flux" / item["spec"]["path"]) for item in of_kind("Kustomization")}
    assert applied == {path for path in (GITOPS / "flux").iterdir() if path.is_dir()}


def test_flux_writes_to_a_folder_that_is_applied_and_holds_no_imagebuild():
    applied = {item["spec"]["path"] for item in of_kind("Kustomization")}
    written = {item["spec"]["update"]["path"] for item in of_kind("ImageUpdateAutomation")}
    assert written
    assert written <= applied
    texts = [p.read_text() for f in written for p in (GITOPS / "flux" / f).glob("*.yaml")]
    assert "ImageBuild" not in {yaml.safe_load(text)["kind"] for text in texts}


def test_files_of_one_and_the_same_object_name_each_other():
    holding = collections.defaultdict(list)
    for path in FILES:
        for item in yaml.safe_load_all(path.read_text()):
            holding[key(item)].append(path)
    pairs = [paths for paths in holding.values() if len(paths) > 1]
    assert pairs
    for one, other in pairs:
        for path, named in ((one, other), (other, one)):
            title = path.read_text().splitlines()[0]
            assert f"Instead of this: {named.relative_to(GITOPS / 'flux')}" in title


def test_the_policy_sorts_the_tags_that_are_published_by_time():
    (policy,) = of_kind("ImagePolicy")
    filtered = policy["spec"]["filterTags"]
    tags = [image.rpartition(":")[2] for image in all_images()]
    facts = {"$(time)": "20260131120000", "$(commit7)": "4f1c0de", "$(branch)": "main"}
    filled = [re.sub(r"\$\(\w+\)", lambda found: facts[found[0]], tag) for tag in tags]
    found = [re.match(filtered["pattern"], tag) for tag in filled]
    (time,) = [match[filtered["extract"].removeprefix("$")] for match in found if match]
    assert time == facts["$(time)"]


def test_the_repository_that_is_scanned_is_the_one_that_is_published_to():
    (scanned,) = of_kind("ImageRepository")
    assert {image.rpartition(":")[0] for image in all_images()} == {scanned["spec"]["image"]}


def test_the_marker_names_the_policy():
    text = (GITOPS / "flux/apps/shop.yaml").read_text()
    ((_, namespace, name),) = MARKER.findall(text)
    assert ("ImagePolicy", namespace, name) in {key(item) for item in DOCUMENTS}


def test_what_is_substituted_is_what_the_config_map_holds():
    (substituted,) = [item for item in of_kind("Kustomization") if "postBuild" in item["spec"]]
    (source,) = substituted["spec"]["postBuild"]["substituteFrom"]
    built = [
        item for item in of_kind("ImageBuild") if item["spec"].get("imageConfigMap") == "Write"
    ]
    names = {(f"{item['metadata']['name']}-image", item["metadata"]["namespace"]) for item in built}
    assert (source["name"], substituted["metadata"]["namespace"]) in names
    folder = GITOPS / "flux" / substituted["spec"]["path"]
    used = {
        name
        for path in folder.glob("*.yaml")
        for name in re.findall(r"\$\{(\w+)\}", path.read_text())
    }
    held = image_config_map.data((PUBLISHED,))
    assert used
    assert used <= set(held)
    page = (ROOT / "docs/gitops.md").read_text()
    assert all(f"`{name}`" in page for name in held)


def test_argo_cd_follows_the_tag_that_moves():
    (updater,) = of_kind("ImageUpdater")
    (application,) = updater["spec"]["applicationRefs"]
    (followed,) = application["images"]
    assert followed["commonUpdateSettings"]["updateStrategy"] == "digest"
    moving = [image.replace("$(branch)", "main") for image in all_images()]
    assert followed["imageName"] in moving


def test_argo_cd_leaves_the_fields_of_the_manager_that_the_page_on_ci_uses():
    (application,) = of_kind("Application")
    (ignored,) = application["spec"]["ignoreDifferences"]
    (manager,) = ignored["managedFieldsManagers"]
    (script,) = [b.text for b in pages.blocks("docs/ci.md") if b.language == "sh"]
    assert f"--field-manager={manager} " in script


def test_the_page_shows_the_manifests_as_they_are():
    shown = shown_on("docs/gitops.md")
    assert len(shown) >= 9
    for item in shown:
        assert item in DOCUMENTS, key(item)


def test_the_page_shows_every_kind_of_manifest():
    generated = {"ConfigMap"}
    shown = {item["kind"] for item in shown_on("docs/gitops.md")}
    assert {item["kind"] for item in DOCUMENTS} - generated <= shown
