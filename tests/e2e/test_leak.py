"""Images that would hold a secret: refused, and nothing of them is in the registry.

All are built at once, in one namespace, and pushed to the registry whose storage can be searched.
"""

import base64
import dataclasses
import hashlib
import re

import pytest
from tests import cluster
from tests.e2e import canary, volume
from tests.e2e.specs import one, stage, stages, to
from tests.e2e.test_failures import said

# What every image of these builds holds, found where the search of a storage looks.
MARK = "left by the tests of the leak guard"
MOUNT = {"secret": {"name": "token"}}
READ = "/run/secrets/token"
KEY_LINES = [base64.b64encode(hashlib.sha384(bytes([n])).digest()).decode() for n in range(8)]
KEY = "\n".join(
    ["-----BEGIN ENCRYPTED PRIVATE KEY-----", *KEY_LINES, "-----END ENCRYPTED PRIVATE KEY-----", ""]
)


@dataclasses.dataclass(frozen=True)
class Leaks:
    """The builds of this module, under way."""

    kubectl: cluster.Kubectl
    registry: object
    token: str
    specs: dict

    def refused(self, name):
        """The failure of a build that must leak."""
        found = cluster.until(self.kubectl, name, "SecretLeaked")
        assert cluster.condition(found, "Stalled")
        assert "published" not in found["status"]
        failure = found["status"]["failure"]
        assert self.token not in str(found["status"])
        said(self.kubectl, name, "SecretLeaked")
        return failure

    def published(self, name):
        """The status of a build that must not."""
        return cluster.until(self.kubectl, name, "Published")["status"]


@pytest.fixture(scope="module")
def leaks(shared, secured):
    token = canary.value()
    shared.apply(
        secured.authority.config_map(),
        secured.secret("push"),
        an_opaque_secret("tokens", token=token, short="1234567", key=KEY),
    )
    trusted = {"registrySecrets": [{"name": "push"}], **secured.authority.trusted()}
    made = specs(lambda name, tag="1": secured.image(shared, name, tag), token)
    builds = {name: {"secrets": secrets(), **trusted, **spec} for name, spec in made.items()}
    shared.apply(*(cluster.imagebuild(name, spec) for name, spec in builds.items()))
    return Leaks(shared, secured, token, builds)


def an_opaque_secret(name, **values):
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "stringData": values,
    }


def secrets(key="token"):
    return [{"name": "token", "secretKeyRef": {"name": "tokens", "key": key}}]


def specs(image, token):
    """Name -> spec, apart from what all have."""

    def build(name, *steps, publish=None, **fields):
        marked = ({"run": f"echo {MARK} > /mark"}, *steps)
        return one(*marked, publish=[{**to(image(name))[0], **(publish or {})}], **fields)

    leaking = {"run": f"cp {READ} /root/.npmrc", "mounts": [MOUNT]}
    using = {"run": f"test -s {READ}", "mounts": [MOUNT]}
    dockerfile = (
        f"FROM alpine:3.18\nARG TOKEN\nRUN --mount=type=secret,id=token cat {READ} > /x; echo "
        f"{MARK} > /mark\n"
    )
    several = stages(
        stage({"run": f"echo {MARK} > /mark"}, name="fine"),
        stage(leaking, name="leaky"),
        publish=[{"stage": name, "images": [image("several", name)]} for name in ("fine", "leaky")],
    )
    key = {"run": f"sed -n 5p {READ} > /line", "mounts": [MOUNT]}
    return {
        "deleted": build("deleted", leaking, {"run": "rm /root/.npmrc"}),
        "encoded": build(
            "encoded", {"run": f"base64 {READ} | tr -d '\\n' > /b", "mounts": [MOUNT]}
        ),
        "environment": build("environment", {"env": [{"name": "TOKEN", "value": token}]}),
        "argument": build(
            "argument",
            {"args": ["TOKEN"]},
            {"run": "true"},
            args=[{"name": "TOKEN", "value": token}],
        ),
        "label": build("label", publish={"labels": {"org.example.token": token}}),
        "filename": build(
            "filename",
            {"run": f'mkdir /d && touch "/d/$(cat {READ})"', "mounts": [MOUNT]},
        ),
        "key": build("key", key, secrets=secrets("key")),
        "dockerfile": {
            "dockerfile": {"inline": dockerfile},
            "publish": to(image("dockerfile")),
        },
        "several": several,
        "clean": build("clean", using),
        "always": build("always", secrets=[], leakGuard="Always"),
        "short": build("short", using, secrets=secrets("short")),
    }


# What the message says, and the path of the step at which it points.
REFUSED = {
    "deleted": (r"layer 3 of 4 \(sha256:[0-9a-f]{64}\), file /root/\.npmrc, as it is", "steps[1]"),
    "encoded": (r"layer 3 of 3 \(sha256:[0-9a-f]{64}\), file /b, as base64", "steps[1]"),
    "environment": (r"the image's configuration: ENV TOKEN, as it is", "steps[1]"),
    "argument": (r"the image's history, as it is, made by `ARG`", "steps[1]"),
    "label": (r"the image's configuration: label org\.example\.token, as it is", ""),
    "filename": (r"layer 3 of 3 \(sha256:[0-9a-f]{64}\), the name of a file, as it is", "steps[1]"),
    "key": (r"layer 3 of 3 \(sha256:[0-9a-f]{64}\), file /line, as it is", "steps[1]"),
    "dockerfile": (r"layer 2 of 2 \(sha256:[0-9a-f]{64}\), file /x, as it is", ""),
    "several": (r"layer 2 of 2 \(sha256:[0-9a-f]{64}\), file /root/\.npmrc, as it is", "steps[0]"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_leak_is_refused_and_told_by_its_place(leaks, name):
    where, path = REFUSED[name]
    message = leaks.refused(name)["message"]
    assert re.search(
        f"the value of secret token .Secret tokens, key [a-z]+. is in {where}", message
    )
    index = int(name == "several")
    assert (f"spec.stages[{index}].{path}" in message) is bool(path), message
    if name == "dockerfile":
        assert "line 3" in message


def test_a_leak_names_its_secret_in_the_status(leaks):
    assert "Secret tokens" in leaks.refused("deleted")["message"]
    assert "from its mount" in leaks.refused("deleted")["mend"]


def test_an_image_that_uses_a_secret_without_a_copy_of_it_is_published(leaks):
    status = leaks.published("clean")
    held = leaks.registry.stored.pull(status["image"])
    assert held.digest == status["published"][0]["digest"]
    assert held.read("/mark") == f"{MARK}\n".encode()
    assert status["published"][0]["sizeBytes"] == sum(
        layer["size"] for layer in held.manifest["layers"]
    )


def test_leakguard_always_searches_without_any_secret(leaks):
    assert leaks.published("always")["image"]


def test_a_leak_of_what_is_too_short_is_warned_of(leaks):
    (warning,) = (
        w for w in leaks.published("short")["warnings"] if w["rule"] == "SecretNotGuarded"
    )
    assert "secret token (Secret tokens, key short)" in warning["message"]


def test_nothing_of_a_leak_is_in_the_registry(leaks):
    digests = set()
    for name in REFUSED:
        digests |= set(re.findall(r"sha256:[0-9a-f]{64}", leaks.refused(name)["message"]))
    for name in ("clean", "always", "short"):
        leaks.published(name)
    assert len(digests) >= 6
    assert not [digest for digest in digests if leaks.registry.stored.holds(digest)]
    assert {place.partition(":")[0] for place in leaks.registry.tags(leaks.kubectl)} == {
        *("clean", "always", "short")
    }
    needles = {
        "mark": f"{MARK}\n".encode(),
        "token": leaks.token.encode(),
        "base64": base64.b64encode(leaks.token.encode())[:-4],
        "line": KEY_LINES[3].encode(),
    }
    assert {name for _, name in leaks.registry.search(needles)} == {"mark"}


def test_a_leak_becomes_no_archive(leaks, namespace):
    archives = volume.make(namespace, "archives")
    namespace.apply(an_opaque_secret("tokens", token=leaks.token))
    archive = {"persistentVolumeClaim": {"claimName": "archives"}, "path": "a.tar"}
    using = {"run": f"cp {READ} /x", "mounts": [MOUNT]}
    spec = one(using, publish=[{"archive": archive}], secrets=secrets())
    namespace.apply(cluster.imagebuild("archive", spec))
    cluster.until(namespace, "archive", "SecretLeaked")
    assert namespace("exec", archives.claim, "--", "ls", "-A", "/volume").split() == []
    # Corrected, it is there.
    clean = one({**using, "run": f"test -s {READ}"}, publish=[{"archive": archive}])
    namespace.apply(cluster.imagebuild("archive", {**clean, "secrets": secrets()}))
    status = cluster.until(namespace, "archive", "Published")["status"]
    assert archives.archive("a.tar").digest == status["published"][0]["digest"]
