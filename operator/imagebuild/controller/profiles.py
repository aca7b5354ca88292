"""The security profile of build pods, kept up with the nodes."""

import asyncio
import logging

from imagebuild.controller.cluster import Cluster
from imagebuild.controller.settings import OperatorSettings
from imagebuild.core import profile

LOOK_EVERY = 60.0  # seconds

logger = logging.getLogger(__name__)


class Profiles:
    """The profile to build with now: the setting's, or what follows from the nodes."""

    def __init__(self, cluster: Cluster, settings: OperatorSettings) -> None:
        self._cluster = cluster
        self._settings = settings
        self.current = settings.fixed_profile() or profile.Profile(profile.Kind.UNCONFINED)

    async def look(self) -> None:
        """Look at the nodes once, where the setting leaves it to them."""
        if self._settings.fixed_profile() is not None:
            return
        nodes = await self._cluster.nodes()
        found = profile.choose(
            nodes,
            seccomp=self._settings.seccomp_profile,
            apparmor=self._settings.app_armor_profile,
        )
        if found != self.current:
            logger.info("build pods run with security profile %s", found)
        self.current = found

    async def follow(self) -> None:
        """Look again every minute, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.look()
            except Exception:
                logger.exception("could not look at the nodes; the profile stays as it is")
