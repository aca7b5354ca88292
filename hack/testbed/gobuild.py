"""Programs built from Go modules: each folder of gomod/ is one pinned module.

A folder's go.mod names the programs as `tool`s, or holds a main package of its own.
"""

import dataclasses
import functools
import shutil
from pathlib import Path

from testbed import cache, commands, debian
from testbed.say import step

MODULES = Path(__file__).parent / "gomod"
KUBERNETES = "v1.36.3"
BUILDKIT = "v0.34.2"

_VERSION = "k8s.io/component-base/version"
_KUBERNETES_FLAGS = " ".join(
    f"-X {_VERSION}.{name}={value}"
    for name, value in (("gitVersion", KUBERNETES), ("gitMajor", "1"), ("gitMinor", "36"))
)


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How one module is built; `minutes` is what it takes on two cores the first time."""

    tags: str = ""
    ldflags: str = "-s -w"
    cgo: bool = False
    own_main: bool = False
    minutes: float = 0.5
    needs: tuple[str, ...] = ()


RECIPES = {
    "node": Recipe(ldflags=f"-s -w {_KUBERNETES_FLAGS}", minutes=14),
    "etcd": Recipe(),
    "containerd": Recipe(tags="no_btrfs no_devmapper no_zfs no_aufs", minutes=3),
    # Without the seccomp tag no pod starts; it takes cgo and Debian's static libseccomp.
    "runc": Recipe(
        tags="netgo osusergo seccomp",
        ldflags="-s -w -extldflags -static",
        cgo=True,
        needs=("gcc", "libc6-dev", "pkg-config", "libseccomp-dev"),
    ),
    "buildkit": Recipe(
        tags="osusergo netgo static_build seccomp",
        ldflags=f"-s -w -X github.com/moby/buildkit/version.Version={BUILDKIT}",
        minutes=3,
    ),
    "rootlesskit": Recipe(),
    "coredns": Recipe(own_main=True, minutes=2),
    "registry": Recipe(minutes=2),
    "kind": Recipe(),
    "pause": Recipe(own_main=True),
}


@functools.cache
def programs(module: str) -> Path:
    """Return the directory that holds the module's programs, built if they are not there."""
    recipe = RECIPES[module]
    source = MODULES / module
    version = commands.output(["go", "env", "GOVERSION"], cwd=source)

    def make(entry: Path) -> None:
        debian.ensure(*recipe.needs)
        with step(f"{module} from Go modules (the first time about {recipe.minutes:g} min)"):
            commands.run(
                _argv(recipe, entry),
                log=f"go-{module}",
                cwd=source,
                env={"CGO_ENABLED": str(int(recipe.cgo))},
                mend="see the log; is the Go module proxy reachable?",
            )

    return cache.entry(f"go-{module}", cache.key(source, repr(recipe), version), make)


def _argv(recipe: Recipe, entry: Path) -> list[str]:
    flags = ["-trimpath", "-buildvcs=false", "-tags", recipe.tags, "-ldflags", recipe.ldflags]
    return ["go", "build", *flags, "-o", f"{entry}/", "." if recipe.own_main else "tool"]


def module_files(module: str, *, of: str) -> Path:
    """Return the directory of the sources of module path `of` as pinned by gomod/`module`."""
    source = MODULES / module
    commands.output(["go", "mod", "download", of], cwd=source, timeout=600)
    return Path(commands.output(["go", "list", "-m", "-f", "{{.Dir}}", of], cwd=source))


def available() -> bool:
    """Whether Go is installed."""
    return shutil.which("go") is not None
