"""The settings that hold now: the file is read again whenever it changes.

The kubelet swaps a mounted ConfigMap's files at once, within a minute or so of its change. What is
read holds as a whole or not at all: after a mistake the settings before stay, and where the file is
gone or empty too.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from imagebuild.controller import requests
from imagebuild.controller import settings as files
from imagebuild.controller.profiles import Profiles
from imagebuild.controller.settings import OperatorSettings, SettingsError
from imagebuild.controller.settings.file import content
from imagebuild.core import settings as core
from imagebuild.core.profile import Profile

LOOK_EVERY = 3.0  # seconds
# What is set up once, at the start.
_AT_THE_START = ("namespaces", "hands", "metrics_port")

logger = logging.getLogger(__name__)


class Told(Protocol):
    """Who hears whether the file as it is now can be used."""

    def __call__(self, *, valid: bool) -> None:
        """It was looked at."""


class Settings:
    """What an administrator decides, as of now.

    ``whole``: all of it.
    """

    def __init__(self, whole: OperatorSettings, profiles: Profiles, *, told: Told) -> None:
        self.whole = whole
        self._profiles = profiles
        self._told = told
        self._text: bytes | None = None
        self._had_file = files.path().exists()
        self._refused = ""
        self._known: dict[tuple[str, Profile], core.Settings] = {}
        told(valid=True)

    def of(self, namespace: str) -> core.Settings:
        """What holds for the builds of this namespace."""
        key = (namespace, self._profiles.auto)
        if key not in self._known:
            self._known[key] = self.whole.for_namespace(namespace, auto=key[1])
        return self._known[key]

    async def look(self) -> bool:
        """Take the file's settings if they changed and can be used; says whether others hold."""
        try:
            text = self._read()
            if text == self._text and not self._refused:
                return False
            found = files.load()
            if found.follows_nodes and not self.whole.follows_nodes:
                await self._profiles.look()
        except (SettingsError, *requests.FAILURES) as error:
            self._refuse(str(error))
            return False
        self._text, self._refused = text, ""
        self._told(valid=True)
        return self._take(found)

    async def follow(self, changed: Callable[[], None]) -> None:
        """Look every few seconds, for ever, and call ``changed`` when other settings hold."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if await self.look():
                changed()

    def _read(self) -> bytes | None:
        """The file's content. One that is gone is a mistake, and no wish for the defaults."""
        file = files.path()
        found = content(file)
        if found is None and self._had_file:
            raise SettingsError(f"{file}: the file is gone")
        self._had_file = found is not None
        return found

    def _refuse(self, words: str) -> None:
        self._told(valid=False)
        if words != self._refused:
            logger.error(
                "the settings stay as they were, since the new ones hold a mistake: %s", words
            )
        self._refused = words

    def _take(self, found: OperatorSettings) -> bool:
        if found == self.whole:
            return False
        late = [name for name in _AT_THE_START if getattr(found, name) != getattr(self.whole, name)]
        if late:
            logger.warning("%s: this change holds when the operator starts again", ", ".join(late))
        logger.info("the settings changed, and hold for all builds that begin from now on")
        self.whole = found
        self._known.clear()
        return True
