"""A failure with all that can be found out once it has happened."""

import contextlib
from dataclasses import replace

from imagebuild.contract.report import Failure
from imagebuild.worker import hints, mistaken
from imagebuild.worker.failure import FailedError
from imagebuild.worker.scene import Scene
from imagebuild.worker.solve import lost_daemon, registries, registry_auth


def explained(failure: Failure, scene: Scene) -> Failure:
    """With the daemon's last words, whose registry it was, and what may have been meant.

    Takes some seconds at most.
    """
    told = lost_daemon.explained(failure, scene.workspace.last_words)
    told = mistaken.explained(told, scene.limits)
    return replace(
        _at_registry(told, scene),
        hint=told.hint or hints.of(told, scene),
    )


def _at_registry(failure: Failure, scene: Scene) -> Failure:
    registry = failure.registry or registries.failed_at(failure)
    secret = None
    if registry is not None:
        with contextlib.suppress(FailedError):
            secret = registry_auth.holder(scene.order.registry_secrets, registry)
    return replace(failure, registry=registry, secret=secret)
