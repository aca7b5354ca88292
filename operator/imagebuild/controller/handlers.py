"""kopf's watch events become keys in the queue; nothing else happens here.

``on.event`` handlers write no finalizer and no annotation, and are never retried: retries are the
queue's. The first listing after a start brings every object once, so nothing in memory matters.
"""

from collections.abc import Callable, Mapping
from typing import Any

import kopf

from imagebuild.api import names
from imagebuild.controller.dependents import Dependents
from imagebuild.controller.key import Key
from imagebuild.core import outside

Add = Callable[[Key], None]
OURS = {names.LABEL_OWNER: kopf.PRESENT}


def register(registry: kopf.OperatorRegistry, add: Add) -> None:
    """Have everything that concerns an ImageBuild put its key into the queue by ``add``."""
    dependents = Dependents()

    @kopf.on.login(registry=registry)
    async def login(**facts: Any) -> kopf.ConnectionInfo | None:
        account = kopf.login_with_service_account(**facts)
        return account or kopf.login_with_kubeconfig(**facts)

    @kopf.on.event(names.GROUP, names.VERSION, names.PLURAL, registry=registry)
    async def imagebuild_changed(
        event: kopf.RawEvent, namespace: str | None, name: str, **_: Any
    ) -> None:
        for key in concerned(dependents, Key(namespace or "", name), event):
            add(key)

    @kopf.on.event("batch", "v1", "jobs", labels=OURS, registry=registry)
    @kopf.on.event("", "v1", "pods", labels=OURS, registry=registry)
    async def attempt_changed(
        namespace: str | None, annotations: Mapping[str, str], **_: Any
    ) -> None:
        if names.ANNOTATION_NAME in annotations:
            add(Key(namespace or "", annotations[names.ANNOTATION_NAME]))


def concerned(dependents: Dependents, key: Key, event: Mapping[str, Any]) -> tuple[Key, ...]:
    """Whom the event of an ImageBuild concerns: itself, and who takes files from it.

    ``event``: {type, object}, as kopf has it of the API server.
    """
    gone = event["type"] == "DELETED"
    others = dependents.see(key, None if gone else outside.other_build(event["object"]))
    return (key, *sorted(others - {key}))


def configure(settings: kopf.OperatorSettings, *, clusterwide: bool) -> None:
    """Streams that end in time, label selectors on the server's side, and no Events by kopf."""
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 330
    settings.watching.connect_timeout = 15
    settings.watching.label_selectors["jobs"] = names.LABEL_OWNER
    settings.watching.label_selectors["pods"] = names.LABEL_OWNER
    settings.networking.request_timeout = 30
    settings.posting.enabled = False
    settings.peering.standalone = True
    settings.scanning.disabled = not clusterwide
    # Only on.event handlers are registered, which write neither; were one added, it would be ours.
    settings.persistence.finalizer = f"{names.GROUP}/finalizer"
