"""The security profile that follows from the nodes, kept up with them."""

import asyncio
import logging
from collections.abc import Callable

from imagebuild.controller.cluster import Cluster
from imagebuild.core import profile

LOOK_EVERY = 60.0  # seconds

logger = logging.getLogger(__name__)


class Profiles:
    """What ``securityProfile: auto`` means now.

    ``auto``: before anyone looked it is what works on any node.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.auto = profile.Profile(profile.Kind.UNCONFINED)

    async def look(self) -> None:
        """Look at the nodes once; raises what the API server says where that is not allowed."""
        found = profile.choose(await self._cluster.nodes())
        if found != self.auto:
            logger.info("by the nodes, build pods run with security profile %s", found)
        self.auto = found

    async def follow(self, wanted: Callable[[], bool]) -> None:
        """Look again every minute, for ever, while the settings leave something to the nodes."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if not wanted():
                continue
            try:
                await self.look()
            except Exception:
                logger.exception("could not look at the nodes; the profile stays as it is")
