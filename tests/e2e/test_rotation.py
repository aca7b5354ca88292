"""A registry Secret that is renewed while a build runs."""

import base64
import time

from tests import cluster
from tests.e2e import builds
from tests.e2e.specs import one, to

USER = "rotating"
OLD, NEW = "the-password-before-5512", "the-password-after-9034"
_MOUNTED = "/imagebuild/registry-secrets/push/.dockerconfigjson"


def test_a_build_pushes_with_the_password_that_its_secret_holds_by_then(
    namespace, secured, outside
):
    secured.accept(also={USER: OLD})
    namespace.apply(secured.authority.config_map(), secured.secret("push", user=USER, password=OLD))
    spec = one(
        builds.gate(outside, namespace.namespace),
        publish=to(secured.image(namespace, "app")),
        registrySecrets=[{"name": "push"}],
        **secured.authority.trusted(),
    )
    namespace.apply(cluster.imagebuild("app", spec))
    pod = builds.begun(namespace, "app")
    try:
        secured.accept(also={USER: NEW})
        namespace.apply(secured.secret("push", user=USER, password=NEW))
        # The kubelet looks at a pod once a minute, and when something of it changes.
        namespace("annotate", "pod", pod, f"tests/at={time.time()}")
        cluster.wait_until(
            lambda: auth(NEW) in namespace("exec", pod, "-c", "build", "--", "cat", _MOUNTED),
            what="the new password is mounted",
        )
        outside.file(namespace.namespace, b"open")
        cluster.until(namespace, "app", "Published")
    finally:
        secured.accept()
    log = namespace("logs", pod, "--all-containers")
    assert OLD not in log
    assert NEW not in log


def auth(password):
    return base64.b64encode(f"{USER}:{password}".encode()).decode()
