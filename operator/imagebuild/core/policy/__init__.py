"""What an administrator allows: what of a spec goes beyond it, and what it makes of a build.

Each rule has the name by which the settings' file has it, as ``policy.pushTo``. What only the
build can know, BuildKit (``sources``) and the worker hold to.
"""

from imagebuild.api.problem import Problem
from imagebuild.core.outside.resolve import Resolved
from imagebuild.core.policy import bounds, images
from imagebuild.core.policy.bounds import lint, resources
from imagebuild.core.policy.sources import source_policy
from imagebuild.core.settings import Settings

__all__ = ["denied", "lint", "resources", "source_policy"]


def denied(resolved: Resolved, settings: Settings) -> tuple[Problem, ...]:
    """What of this spec no build may have, in the order of the spec's rules; empty: nothing."""
    policy = settings.policy
    return (
        *images.pulled(resolved, policy.pull_from),
        *images.pushed(resolved.spec, policy.push_to),
        *bounds.problems(resolved.spec, policy),
    )
