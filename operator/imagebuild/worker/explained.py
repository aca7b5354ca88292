"""A failure with all that can be found out once it has happened."""

import contextlib
from dataclasses import replace

from imagebuild.contract.report import Failure
from imagebuild.worker import hints, keychain, mistaken
from imagebuild.worker.scene import Scene
from imagebuild.worker.solve import lost_daemon, registries, registry_auth


def explained(failure: Failure, scene: Scene) -> Failure:
    """With the daemon's last words, whose registry it was, and what may have been meant.

    Takes some seconds at most.
    """
    told = lost_daemon.explained(failure, scene.workspace.last_words)
    told = mistaken.explained(told, scene)
    return replace(
        _at_registry(told, scene),
        hint=told.hint or hints.of(told, scene),
    )


def _at_registry(failure: Failure, scene: Scene) -> Failure:
    registry = failure.registry or registries.failed_at(failure)
    secret = failure.secret
    if registry is not None and secret is None:
        with contextlib.suppress(keychain.InvalidError):
            secret = registry_auth.holder(scene.order.registry_secrets, registry)
    return replace(failure, registry=registry, secret=secret)
