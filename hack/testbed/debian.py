"""Debian: packages this machine needs, and root file systems made from packages."""

import functools
import os
from pathlib import Path

from testbed import cache, commands
from testbed.say import Failure, step

# One moment for all files: the same packages give the same bytes.
EPOCH = 1_700_000_000
_LEAN = ("doc", "man", "info", "locale", "lintian")


def ensure(*packages: str) -> None:
    """Install the packages that are missing, as root with apt; else say which they are."""
    missing = [package for package in packages if not _installed(package)]
    if not missing:
        return
    wanted = " ".join(missing)
    if os.geteuid() or not commands.succeeds(["apt-get", "--version"]):
        raise Failure(f"missing on this machine: {wanted}", mend=f"apt-get install {wanted}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    with step(f"Debian packages {wanted}"):
        commands.run(["apt-get", "update", "-q"], log="apt-update", env=quiet)
        install = ["apt-get", "install", "-qy", "--no-install-recommends", *missing]
        commands.run(install, log="apt-install", env=quiet)


def _installed(package: str) -> bool:
    query = ["dpkg-query", "-W", "-f", "${db:Status-Status}", package]
    try:
        return commands.output(query) == "installed"
    except Failure:
        return False


@functools.cache
def rootfs(name: str, *, suite: str, packages: tuple[str, ...]) -> Path:
    """Return a tar of a minimal Debian `suite` with `packages`; `name` is the cache's shelf."""
    without = tuple(f"/usr/share/{part}/*" for part in _LEAN)
    argv = _mmdebstrap("minbase", suite=suite, packages=packages, without=without)
    return _made(name, suite=suite, argv=argv, of=cache.key(suite, *packages))


@functools.cache
def files(name: str, *, suite: str, packages: tuple[str, ...], without: tuple[str, ...]) -> Path:
    """Return a tar of the files of `packages` and what they depend on, and of nothing else.

    There is no shell in it unless one is asked for. `without` are dpkg's patterns of what is left
    out.
    """
    argv = _mmdebstrap("extract", suite=suite, packages=packages, without=without)
    return _made(name, suite=suite, argv=argv, of=cache.key(*argv))


def _mmdebstrap(
    variant: str, *, suite: str, packages: tuple[str, ...], without: tuple[str, ...]
) -> list[str]:
    left_out = (f"--dpkgopt=path-exclude={pattern}" for pattern in without)
    included = f"--include={','.join(packages)}"
    return ["mmdebstrap", f"--variant={variant}", included, *left_out, suite]


def _made(name: str, *, suite: str, argv: list[str], of: str) -> Path:
    def make(entry: Path) -> None:
        ensure("mmdebstrap")
        with step(f"Debian {suite} for {name}"):
            commands.run(
                [*argv, str(entry / "rootfs.tar")],
                log=f"rootfs-{name}",
                env={"SOURCE_DATE_EPOCH": str(EPOCH)},
                mend="see the log; is the package mirror reachable?",
            )

    return cache.entry(f"rootfs-{name}", of, make) / "rootfs.tar"


def applets(busybox: Path) -> list[str]:
    """Return the names a busybox program answers to."""
    return [name for name in commands.output([busybox, "--list"]).split() if name != "busybox"]
