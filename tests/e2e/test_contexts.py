"""Where files come from, where only a cluster shows it: ignored, fetched, waited for."""

import hashlib
import io
import zipfile

import pytest
from tests import cluster
from tests.e2e import examples
from tests.e2e.builds import published
from tests.e2e.specs import one, stage, stages, to
from tests.e2e.test_failures import fail
from tests.e2e.test_obstacles import obstacle

# All that the context holds.
EVERYTHING = stages(stage({"copy": ["."], "to": "/"}, base="scratch"))


def named(context):
    """A spec whose image holds all that a named context does."""
    copying = stage({"copy": ["/"], "from": "other", "to": "/"}, base="scratch")
    return stages(copying, contexts=[{"name": "other", **context}])


def test_what_dockerignore_and_ignore_name_is_not_there(namespace, registry):
    files = {
        ".dockerignore": "# comment\n*.log\n**/target\n!keep.log\n/deep/*.md\n",
        "a.log": "",
        "keep.log": "",
        "deep/b.log": "",
        "deep/c.md": "",
        "deep/er/d.md": "",
        "target/e": "",
        "deep/target/f": "",
        "g.txt": "",
        "h.txt": "",
    }
    spec = {**EVERYTHING, "context": {"files": files, "ignore": ["g.*", "deep/er"]}}
    image, _ = published(namespace, registry, spec, name="ignoring")
    # The patterns are of whole paths, so that *.log does not match deep/b.log.
    assert set(image.texts()) == {"/.dockerignore", "/keep.log", "/deep/b.log", "/h.txt"}


def test_ignore_holds_for_a_named_context_too(namespace, registry):
    context = {"files": {"a": "a\n", "b": "b\n", "deep/a": "deep\n"}, "ignore": ["**/a"]}
    image, _ = published(namespace, registry, named(context), name="ignoring")
    assert image.texts() == {"/b": "b\n"}


def test_a_download_with_another_checksum_is_not_used(namespace, outside):
    file = outside.file("changed.txt", b"what it is by now\n")
    expected = hashlib.sha256(b"what it was\n").hexdigest()
    spec = named({"http": {"url": file.url, "sha256": expected}})
    failure = fail(namespace, spec, "ChecksumMismatch")
    assert file.sha256 in failure["message"]
    assert expected in failure["message"]
    assert file.url in failure["message"]


def test_a_step_that_adds_what_has_another_checksum_fails(namespace, outside):
    file = outside.file("changed-too.txt", b"what it is by now\n")
    checksum = f"sha256:{hashlib.sha256(b'what it was').hexdigest()}"
    spec = one({"add": {"url": file.url, "checksum": checksum}, "to": "/"})
    failure = fail(namespace, spec, "ChecksumMismatch")
    assert failure["path"] == "spec.stages[0].steps[0]"


def test_a_download_that_is_no_archive_is_a_file_of_its_name(namespace, registry, outside):
    file = outside.file("model.bin", b"\x00\x01 no archive")
    spec = {**EVERYTHING, "context": {"http": {"url": file.url, "sha256": file.sha256}}}
    image, _ = published(namespace, registry, spec, name="file")
    assert image.tree()["/model.bin"].content == b"\x00\x01 no archive"


def test_a_download_that_is_not_there_is_asked_for_again(namespace, outside):
    spec = named({"http": {"url": f"{outside.url}/files/absent.tar", "sha256": "0" * 64}})
    namespace.apply(cluster.imagebuild("absent", spec))
    found = cluster.until(namespace, "absent", "DownloadFailed")
    message = cluster.condition(found)["message"]
    assert message.startswith("Attempt 1 of 3 failed; another follows")
    assert "404" in message


def test_an_image_is_a_context_by_the_digest_that_its_tag_has(namespace, registry):
    copying = stage({"copy": ["/etc/passwd"], "from": "other", "to": "/"}, base="scratch")
    place = f"{registry.name}/library/alpine:3.18"
    spec = stages(copying, contexts=[{"name": "other", "oci": {"image": place}}])
    image, status = published(namespace, registry, spec, name="image")
    assert image.texts()["/passwd"].startswith("root:")
    digest = registry.pull("library/alpine:3.18").digest
    assert status["contexts"] == [{"name": "other", "digest": digest}]


def test_an_image_for_a_context_that_is_not_there_is_named(namespace, registry):
    spec = named({"oci": {"image": f"{registry.name}/no/such:1"}})
    failure = fail(namespace, spec, "ImageNotFound")
    assert f"{registry.name}/no/such:1" in failure["message"]


def upon(name, image, **more):
    """A build of one stage upon what another one publishes."""
    context = {"name": "below", "imageBuild": {"name": name}}
    above = stage({"run": "cat /which > /seen"}, base="below")
    return stages(above, contexts=[context], publish=to(image), **more)


def test_a_build_waits_for_the_other_and_runs_again_when_its_digest_moves(namespace, registry):
    where = f"{registry.name}/{namespace.namespace}"
    namespace.apply(cluster.imagebuild("held", upon("below", f"{where}/above:1")))
    message = obstacle(namespace, "WaitingForImageBuild")
    assert "below" in message
    assert namespace.items("jobs") == []

    def below(text):
        return one({"file": {"path": "/which", "content": text}}, publish=to(f"{where}/below:1"))

    namespace.apply(cluster.imagebuild("below", below("one\n")))
    cluster.until(namespace, "held", "Published", seconds=90)
    assert registry.pull(f"{where}/above:1").read("/seen") == b"one\n"

    namespace.apply(cluster.imagebuild("below", below("two\n")))
    found = cluster.until(namespace, "held", "Published", build=2, seconds=90)
    assert registry.pull(f"{where}/above:1").read("/seen") == b"two\n"
    assert found["status"]["build"]["reason"] == "ContextChanged"


def test_builds_that_wait_for_each_other_are_told_so(namespace, registry):
    where = f"{registry.name}/{namespace.namespace}"
    namespace.apply(
        cluster.imagebuild("a", upon("b", f"{where}/a:1")),
        cluster.imagebuild("b", upon("a", f"{where}/b:1")),
    )
    found = cluster.until(namespace, "a", "InvalidSpec")
    message = cluster.condition(found)["message"]
    assert message.startswith("spec.contexts[0].imageBuild: ")
    assert "a <- b <- a" in message
    assert namespace.items("jobs") == []


def test_a_source_of_flux_that_is_not_there_is_waited_for(namespace):
    spec = {**EVERYTHING, "context": {"flux": {"kind": "GitRepository", "name": "site"}}}
    namespace.apply(cluster.imagebuild("held", spec))
    assert "GitRepository" in obstacle(namespace, "ContextNotFound")


def test_a_volume_that_is_not_there_is_told_in_the_schedulers_words(namespace):
    claim = {"persistentVolumeClaim": {"claimName": "absent"}}
    namespace.apply(cluster.imagebuild("held", {**EVERYTHING, "context": claim}))
    assert 'persistentvolumeclaim "absent" not found' in obstacle(namespace, "VolumeNotMounted")


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]"])
def test_addresses_of_the_link_are_refused_at_apply(namespace, host):
    spec = named({"http": {"url": f"http://{host}/latest/meta-data", "sha256": "0" * 64}})
    with pytest.raises(AssertionError, match=r"spec\.contexts\[0\]\.http\.url"):
        namespace.apply(cluster.imagebuild("inward", spec))


def zipped(files):
    """A zip archive of these files, path -> text."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return packed.getvalue()


@pytest.mark.parametrize("pack", [examples.tar_gz, zipped])
def test_an_archive_is_unpacked_and_one_that_leads_out_is_refused(
    namespace, registry, outside, pack
):
    good = outside.file(f"good-{pack.__name__}", pack({"in/a": "a\n"}))
    evil = outside.file(f"evil-{pack.__name__}", pack({"../out": "out\n"}))
    spec = named({"http": {"url": good.url, "sha256": good.sha256}})
    image, _ = published(namespace, registry, spec, name="good")
    assert image.texts() == {"/in/a": "a\n"}
    spec = named({"http": {"url": evil.url, "sha256": evil.sha256}})
    assert "../out" in fail(namespace, spec, "ContextInvalid")["message"]
