"""What is asked of the daemon beside the solves of a build, which never wait for it long."""

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from imagebuild.contract.picture import Phase
from imagebuild.contract.report import Image
from imagebuild.worker.beside import Beside
from imagebuild.worker.drawing import Drawing
from imagebuild.worker.limits import Limits
from imagebuild.worker.solve import backend, manifests, pushes, weights
from imagebuild.worker.solve.backend import Backend
from imagebuild.worker.solve.manifests import Layers
from imagebuild.worker.workspace import Workspace

T = TypeVar("T")

# How long one question may take, what a build tells of its sizes, and what it asked at its start.
_MANIFEST_SECONDS = 10.0
_SIZES_SECONDS = 2.0
_PUSHES_SECONDS = 2.0
_BACKEND_SECONDS = 0.5


class Inquiries:
    """Of one build: the answers go into its drawing."""

    def __init__(self, drawing: Drawing, *, workspace: Workspace, limits: Limits) -> None:
        self._drawing = drawing
        self._workspace = workspace
        self._limits = limits
        self._backend: Beside[Backend] | None = None
        self._said: Backend | None = None
        self._bases: Beside[weights.Images] | None = None
        self._published: dict[int, Layers] = {}
        self._pushed: list[Beside[int]] = []
        self._sent = 0

    def begin(self) -> None:
        """Asks the daemon, which listens, what it is."""
        self._backend = self._ask(backend.ask, seconds=_MANIFEST_SECONDS)

    def look(self) -> None:
        """Hears what has been said; called several times a second."""
        self._hear_backend(0)
        # By then all that steps begin with is known, and a push takes its time.
        if self._bases is None and self._drawing.phase is Phase.PUBLISH:
            self._bases = self._ask_bases()

    def pushed(self, ref: Path) -> None:
        """Asks how many bytes a solve pushed, by the file with the name of its record."""
        ask = functools.partial(pushes.ask, ref)
        self._pushed.append(self._ask(ask, seconds=_PUSHES_SECONDS))

    def sent(self, count: int) -> None:
        """Takes in how many bytes were pushed by others than the daemon."""
        self._sent += count

    def published(self, target: int, digest: str, layers: Layers | None = None) -> Image:
        """What a target was published as, with these layers.

        Where they are not given, size and layers are 0 if the daemon does not tell.
        """
        if layers is None:
            soon = self._within(_MANIFEST_SECONDS)
            layers = manifests.layers(digest, workspace=self._workspace, limits=soon)
        self._published[target] = layers
        return manifests.image(target, digest, layers)

    def end(self, *, succeeded: bool) -> None:
        """Hears what is still being said, and of a build that succeeded what its stages take."""
        self._hear_backend(_BACKEND_SECONDS)
        if succeeded and self._said is not None:
            kept = self._ask(weights.kept, seconds=_SIZES_SECONDS).wait(_SIZES_SECONDS)
            bases = (self._bases or self._ask_bases()).wait(_SIZES_SECONDS)
            stock = weights.Stock(kept or (), bases or {}, copies=self._said.copies)
            self._drawing.weigh(stock, self._published)
        told = sum(asked.wait(_PUSHES_SECONDS) or 0 for asked in self._pushed)
        self._drawing.pushed = self._sent + told

    def _hear_backend(self, seconds: float) -> None:
        if self._backend is not None and self._said is None:
            self._said = self._backend.wait(seconds)
            if self._said is not None:
                self._drawing.learn(self._said)

    def _ask_bases(self) -> Beside[weights.Images]:
        images = self._drawing.images()
        return self._ask(
            lambda workspace, limits: weights.layers(images, workspace=workspace, limits=limits),
            seconds=_SIZES_SECONDS,
        )

    def _ask(self, question: Callable[[Workspace, Limits], T], *, seconds: float) -> Beside[T]:
        soon = self._within(seconds)
        return Beside(lambda: question(self._workspace, soon))

    def _within(self, seconds: float) -> Limits:
        return Limits(time.monotonic() + seconds, self._limits.stop)
