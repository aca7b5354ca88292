"""The files of an image as a directory, for what BuildKit takes only files for."""

import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from imagebuild.worker import child, failure
from imagebuild.worker.contexts import bounds
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.solve import buildctl
from imagebuild.worker.workspace import Workspace

_KEPT_LINES = 60
_MEND = "give it a name in spec.contexts and copy `from` it, which takes only what is copied"


@dataclass(frozen=True, slots=True)
class Extraction:
    """Lays out images for one ``platform``, None for the node's."""

    platform: str | None
    workspace: Workspace
    limits: Limits
    log: Callable[[str], None]

    def of(self, name: str, reference: str) -> Path:
        """Where the files of an image now lie; ``name`` is that of the context.

        Raises FailedError, with BuildKit's words where it can't get the image, and
        "TooLarge: ...".
        """
        buildctl.wait_for_daemon(self.workspace, self.limits)
        recipe = self.workspace.root / "extract" / name
        recipe.mkdir(parents=True)
        recipe.joinpath("Dockerfile").write_text(f"FROM {reference}\n", encoding="utf-8")
        directory = self.workspace.context(name)
        directory.mkdir(parents=True)
        output: deque[str] = deque(maxlen=_KEPT_LINES)

        def hear(line: str) -> None:
            output.append(line)
            self.log(line)

        argv = buildctl.extraction(
            recipe, into=directory, platform=self.platform, workspace=self.workspace
        )
        exit_code = child.run(
            argv,
            environment=buildctl.environment(self.workspace),
            limits=self.limits,
            listener=child.Listener(output=hear),
        )
        if exit_code:
            self.limits.check()
            raise FailedError(failure.of_output("\n".join(output)))
        _measure(directory, bounds.Tally(mend=_MEND))
        return directory


def _measure(directory: Path, tally: bounds.Tally) -> None:
    for folder, folders, files in os.walk(directory):
        size = sum(os.lstat(os.path.join(folder, name)).st_size for name in files)  # noqa: PTH118 - of many
        tally.add(size, files=len(folders) + len(files))
