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

    def make(entry: Path) -> None:
        ensure("mmdebstrap")
        lean = [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in _LEAN]
        included = f"--include={','.join(packages)}"
        argv = [
            "mmdebstrap",
            "--variant=minbase",
            included,
            *lean,
            suite,
            str(entry / "rootfs.tar"),
        ]
        with step(f"Debian {suite} for {name}"):
            commands.run(
                argv,
                log=f"rootfs-{name}",
                env={"SOURCE_DATE_EPOCH": str(EPOCH)},
                mend="see the log; is the package mirror reachable?",
            )

    return cache.entry(f"rootfs-{name}", cache.key(suite, *packages), make) / "rootfs.tar"


def applets(busybox: Path) -> list[str]:
    """Return the names a busybox program answers to."""
    return [name for name in commands.output([busybox, "--list"]).split() if name != "busybox"]
