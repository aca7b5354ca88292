"""The virtual environment of the tests, from requirements.lock."""

import sys
from pathlib import Path

from testbed import cache, commands
from testbed.say import Failure, step

ROOT = Path(__file__).parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = "uv==0.13.9"


def ensure() -> None:
    """Make the environment, or leave a fresh one as it is. Raises Failure."""
    of = cache.key(ROOT / "requirements.lock", ROOT / "pyproject.toml", Path(__file__), sys.version)
    mark = VENV / ".made-from"
    if mark.exists() and mark.read_text() == of and PYTHON.exists():
        return
    with step(".venv"):
        if not _of_this_python():
            mend = "on Debian: apt-get install python3-venv"
            commands.run([sys.executable, "-m", "venv", "--clear", VENV], log="venv", mend=mend)
        uv = cache.entry("uv", cache.key(UV, sys.version), _install_uv) / "bin" / "uv"
        quiet = ("--quiet", "--python", str(PYTHON))
        lock = ("--require-hashes", str(ROOT / "requirements.lock"))
        commands.run([uv, "pip", "sync", *quiet, *lock], log="venv")
        own = ("--no-deps", "--editable", str(ROOT))
        commands.run([uv, "pip", "install", *quiet, *own], log="venv")
        cache.write(mark, of)


def _of_this_python() -> bool:
    try:
        return commands.output([PYTHON, "-c", "import sys; print(sys.version)"]) == sys.version
    except Failure:
        return False


def _install_uv(entry: Path) -> None:
    """Install uv into the cache: the environment itself holds the lock's packages alone."""
    commands.run([sys.executable, "-m", "pip", "install", "-q", "--target", entry, UV], log="venv")
