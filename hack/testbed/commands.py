"""Running other programs: always an argument list, never a shell, output kept in a log."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from testbed import cache
from testbed.say import Failure

_LAST_LINES = 12


def run(  # noqa: PLR0913 - what a child process has, each with a plain default
    argv: Sequence[str | Path],
    *,
    log: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: Path = Path(os.devnull),
    timeout: float = 3600,
    mend: str = "",
) -> None:
    """Run to the end with output in `<cache>/logs/<log>.log`.

    `env` adds to the environment; the program reads the file `stdin`. Raises Failure with the
    last lines of the log.
    """
    path = cache.logs() / f"{log}.log"
    with path.open("wb") as out, stdin.open("rb") as given:
        try:
            done = subprocess.run(
                [str(part) for part in argv],
                stdin=given,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                timeout=timeout,
                check=False,
            )
        except FileNotFoundError:
            raise Failure(f"{argv[0]} is not installed", mend=mend) from None
        except subprocess.TimeoutExpired:
            raise Failure(_words(argv, f"took over {timeout:.0f} s"), mend=mend, log=path) from None
    if done.returncode:
        last = path.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        what = "\n    ".join([_words(argv, f"ended with {done.returncode}:"), *last])
        raise Failure(what, mend=mend, log=path)


def output(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 60,
    stdin: str = "",
) -> str:
    """Return standard output, stripped. Raises Failure with standard error when it fails."""
    try:
        done = subprocess.run(
            [str(part) for part in argv],
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, **(env or {})},
            cwd=cwd,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        raise Failure(f"{argv[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Failure(_words(argv, f"took over {timeout:.0f} s")) from None
    if done.returncode:
        raise Failure(_words(argv, f"ended with {done.returncode}: {done.stderr.strip()[-800:]}"))
    return done.stdout.strip()


def succeeds(
    argv: Sequence[str | Path], *, env: Mapping[str, str] | None = None, timeout: float = 60
) -> bool:
    """Whether the program ends with 0 within `timeout` seconds."""
    try:
        output(argv, env=env, timeout=timeout)
    except Failure:
        return False
    return True


def lines(argv: Sequence[str | Path]) -> Iterator[str]:
    """Yield what the program prints, line by line; it is ended when nobody reads on.

    Raises Failure if it fails; what it says about that is on standard error.
    """
    with subprocess.Popen(
        [str(part) for part in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            yield from child.stdout or ()
        except GeneratorExit:
            child.terminate()
            raise
    if child.returncode:
        raise Failure(_words(argv, f"ended with {child.returncode}"))


def _words(argv: Sequence[str | Path], outcome: str) -> str:
    return f"`{' '.join(str(part) for part in argv)[:160]}` {outcome}"
