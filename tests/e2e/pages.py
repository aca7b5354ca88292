"""Pages of the documentation as scripts: the files that they show, the commands under a heading."""

import dataclasses
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(\w*)$")
_NAMED = re.compile(r"(?:#!/bin/sh\n)?# ([\w./-]+\.\w+)\b")
_MARK = "--- the next command"


@dataclasses.dataclass(frozen=True)
class Block:
    """A fenced block: the heading above it, its language, its text."""

    heading: str
    language: str
    text: str


@dataclasses.dataclass(frozen=True)
class Command:
    """What is typed, and what a page shows of the answer; `…` in it stands for anything."""

    typed: str
    shown: str


def blocks(page: str, replaced: Mapping[str, str] | None = None) -> Iterator[Block]:
    """The blocks of a page, by its path from the root.

    `replaced`: text -> what stands for it here, in this order; each must be there.
    """
    text = (ROOT / page).read_text()
    for placeholder, real in (replaced or {}).items():
        assert placeholder in text, f"{page} no longer says {placeholder}"
        text = text.replace(placeholder, real)
    heading, language, inside = "", "", None
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if fence and inside is None:
            language, inside = fence[1], []
        elif fence:
            yield Block(heading, language, "\n".join([*inside, ""]))
            inside = None
        elif inside is not None:
            inside.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("# ")


def files(found: Iterable[Block]) -> Mapping[str, str]:
    """The files: name -> text, of the blocks whose first line is a comment that names one."""
    named = ((_NAMED.match(block.text), block.text) for block in found)
    return {name[1]: text for name, text in named if name}


def commands(found: Iterable[Block], heading: str) -> list[Command]:
    """The commands under a heading, of which there is at least one."""
    texts = [b.text for b in found if (b.language, b.heading) == ("console", heading)]
    typed = [part for text in texts for part in re.split(r"^\$ ", text, flags=re.MULTILINE)]
    listed = [Command(*_halves(part)) for part in typed if part]
    assert listed, f"no commands under {heading}"
    return listed


def _halves(part: str) -> tuple[str, str]:
    """A command goes on after a backslash; the rest is its answer."""
    lines = part.splitlines()
    last = next(at for at, line in enumerate(lines) if not line.endswith("\\"))
    return "\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :])


@dataclasses.dataclass(frozen=True)
class Terminal:
    """A directory and the kubectl of the test cluster, as a reader of the page has them."""

    place: Path

    def run(self, typed: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a script; how it ends is the caller's."""
        path = f"{self._kubectl().parent}:{os.environ['PATH']}"
        known = {**os.environ, "KUBECONFIG": os.environ["IMAGEBUILD_KUBECONFIG"], "PATH": path}
        argv = ["sh", "-euc", typed]
        return subprocess.run(
            argv, cwd=self.place, env=known | env, text=True, capture_output=True, check=False,
            timeout=240,
        )  # fmt: skip

    def follow(self, listed: Iterable[Command], **env: str) -> list[str]:
        """Type the commands in one shell; each must succeed and answer as the page shows."""
        listed = list(listed)
        typed = [f"echo '{_MARK}'\n{command.typed}" for command in listed]
        done = self.run("\n".join(typed), **env)
        answers = [text.strip("\n") for text in done.stdout.split(f"{_MARK}\n")[1:]]
        for command, answer in zip(listed, answers, strict=False):
            _compare(command, answer)
        assert done.returncode == 0, f"{listed[len(answers) - 1].typed}: {done.stderr}"
        return answers

    def _kubectl(self) -> Path:
        """A program of that name, wherever the real one is."""
        program = self.place / "bin" / "kubectl"
        if not program.exists():
            program.parent.mkdir()
            real = os.environ.get("IMAGEBUILD_KUBECTL", "kubectl")
            program.write_text(f'#!/bin/sh\nPATH=${{PATH#*:}} exec {real} "$@"\n')
            program.chmod(0o755)
        return program


def _compare(command: Command, answer: str) -> None:
    pattern = re.escape(command.shown.strip("\n")).replace("…", ".*")
    if command.shown:
        told = f"{command.typed}\nshows:\n{command.shown}\nis:\n{answer}"
        assert re.fullmatch(pattern, answer, re.DOTALL), told
