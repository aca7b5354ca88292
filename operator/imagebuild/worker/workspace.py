"""Where one run works and what it works with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from imagebuild.contract import places
from imagebuild.contract.order import Proxy


@dataclass(frozen=True, slots=True)
class Workspace:
    """``root`` is an empty directory of the run's own; ``socket`` is where buildkitd listens.

    ``credentials`` is an empty directory for what nobody may read.
    ``environment`` is what child processes get, ``git_schemes`` which URLs git may be given.
    ``registries_conf`` is how skopeo reaches registries (containers-registries.conf(5)).
    ``authorities`` is a file with the certificates of all that are trusted, None: the system's
    own. ``proxy`` is by what other servers than this machine are reached. ``source_policy`` says
    which images BuildKit may pull, where the order bounds that.
    """

    root: Path
    credentials: Path
    socket: Path
    environment: Mapping[str, str]
    git_schemes: tuple[str, ...] = ("https", "http", "ssh")
    buildctl: str = "buildctl"
    git: str = "git"
    skopeo: str = "skopeo"
    ssh_keygen: str = "ssh-keygen"
    registries_conf: Path | None = None
    authorities: Path | None = None
    proxy: Proxy = field(default_factory=Proxy)
    source_policy: Path = Path(places.SOURCE_POLICY)

    @property
    def last_words(self) -> Path:
        """Where the daemon's last words are, beside its socket."""
        return self.socket.with_name(Path(places.LAST_WORDS).name)

    @property
    def traces(self) -> Path:
        """Where the daemon listens for traces, beside its socket."""
        return self.socket.with_name(Path(places.TRACES).name)

    @property
    def exceeded(self) -> Path:
        """Where it is said what the build took too much of, beside the daemon's socket."""
        return self.socket.with_name(Path(places.EXCEEDED).name)

    @property
    def docker_config(self) -> Path:
        """The directory of Docker's configuration."""
        return self.credentials / "docker"

    @property
    def dockerfile(self) -> Path:
        """The directory of a Dockerfile that came with the order."""
        return self.root / "dockerfile"

    @property
    def repositories(self) -> Path:
        """Where git keeps what it fetched, outside of every context."""
        return self.root / "git"

    @property
    def downloads(self) -> Path:
        """Where what was fetched lies until it is unpacked, outside of every context."""
        return self.root / "downloads"

    def layout(self, target: int) -> Path:
        """Where the image of a target lies until it is pushed."""
        return self.root / "layouts" / str(target)

    def context(self, name: str) -> Path:
        """The directory of a context."""
        return self.root / "contexts" / name
