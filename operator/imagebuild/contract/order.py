"""The order: what one attempt's worker is to do.

It travels as ``order.json.gz`` in an immutable ConfigMap, mounted in the ``build`` container. It
holds no credential: those are mounted by the kubelet, and the order names the directories.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from imagebuild.contract import wire

VERSION = 2
FILE = "order.json.gz"

# The name, among an order's contexts, of the one that `copy` without `from` sees.
MAIN_CONTEXT = "context"

# The name of the one that holds what `file` steps write: each a file of its own. No user's
# context can have it.
FILES_CONTEXT = "imagebuild.files"

# The daemon's socket goes by the first of these names.
_HERE = "localhost,127.0.0.1,::1"


class Goal(StrEnum):
    """What the worker is for."""

    BUILD = "Build"


@dataclass(frozen=True, slots=True)
class Git:
    """A repository: ``commit`` where given (a full id), else the head of ``ref``.

    ``paths`` and ``sub_path`` are relative to its root; with ``paths`` the context holds only
    these. ``keep_git_dir``: with a ``.git`` that is as shallow as what was fetched. ``secret``:
    the directory of the mounted Secret to sign in with, None for none.
    """

    url: str
    ref: str | None = None
    commit: str | None = None
    sub_path: str | None = None
    paths: tuple[str, ...] = ()
    submodules: bool = False
    keep_git_dir: bool = False
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Http:
    """A file to download, of this content (64 hexadecimal digits); an archive is unpacked.

    ``flux``: Flux told of it, and no field of the spec holds it.
    """

    url: str
    sha256: str
    flux: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """One source of files; of those from ``git`` to ``image`` exactly one is set.

    ``files``: path in the context -> content. ``directory``: where the kubelet mounted a
    ConfigMap. ``volume``: where it mounted a volume, the context's directory in it included.
    ``oci``: an image or artifact as a user names it. ``image``: an image by digest.
    ``ignore``: patterns as in .dockerignore, of what the context is not to hold. ``path``: its
    spec path, with which messages about it begin; "" for one that the spec does not hold.
    """

    name: str
    git: Git | None = None
    files: Mapping[str, str] | None = None
    directory: str | None = None
    volume: str | None = None
    http: Http | None = None
    oci: str | None = None
    image: str | None = None
    ignore: tuple[str, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a rendered Dockerfile and the place in the spec that it came from.

    ``line`` counts from 1. ``step`` is the index in ``spec.stages[].steps`` (from 0), None for
    what a stage says outside its steps. ``counted``: BuildKit counts it as a step (FROM unless
    from scratch or a stage, WORKDIR, COPY, ADD, RUN).
    """

    line: int
    path: str
    step: int | None = None
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a rendered Dockerfile, with its instructions in order."""

    name: str
    instructions: tuple[Instruction, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A stage to solve, None for the last one, and where its image goes (empty: nowhere).

    ``images``, ``labels`` and ``annotations`` may hold facts (``contract.facts``).
    ``compression`` is BuildKit's word, as zstd. ``archive``: the file to write as OCI archive.
    """

    stage: str | None = None
    images: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    compression: str | None = None
    compression_level: int | None = None
    archive: str | None = None

    @property
    def published(self) -> bool:
        """Whether its image goes anywhere; a gate's does not."""
        return bool(self.images or self.archive)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """The text, or where it lies in the context of this name; exactly one of the two is set."""

    text: str | None = None
    path: str | None = None
    context: str = MAIN_CONTEXT


class Lint(StrEnum):
    """What becomes of a build that was warned of something."""

    IGNORE = "Ignore"
    WARN = "Warn"
    FAIL = "Fail"


@dataclass(frozen=True, slots=True)
class Secret:
    """What steps may mount under ``name``: the mounted ``file``.

    It is the value of ``key`` in the Secret ``secret``, by which people are told of it.
    """

    name: str
    secret: str
    key: str
    file: str


@dataclass(frozen=True, slots=True)
class Ssh:
    """The key that steps may use under ``name``: ``directory`` is the mounted Secret ``secret``."""

    name: str
    secret: str
    directory: str


@dataclass(frozen=True, slots=True)
class Proxy:
    """By what daemon, worker and steps reach servers; ``none`` lists those reached without.

    Values as of HTTP_PROXY, HTTPS_PROXY and NO_PROXY; "" for unset. They hold no credentials.
    """

    http: str = ""
    https: str = ""
    none: str = ""

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables by which programs know it, in capitals and not; none where there is none.

        What is on the same machine is never reached by it.
        """
        if not (self.http or self.https):
            return {}
        spared = ",".join(filter(None, (self.none, _HERE)))
        values = {"HTTP_PROXY": self.http, "HTTPS_PROXY": self.https, "NO_PROXY": spared}
        given = {name: value for name, value in values.items() if value}
        return given | {name.lower(): value for name, value in given.items()}


@dataclass(frozen=True, slots=True)
class Order:
    """What one attempt is to do.

    ``stages`` is empty where the Dockerfile is the user's own. ``dockerfile_path`` is the spec
    path that messages about the file begin with. ``targets`` keeps the order of ``spec.publish``
    (where that is unset it is one target without images); the gates follow. All are solved before
    any is published. ``registry_secrets`` are directories, each with a ``.dockerconfigjson``.
    ``platforms`` empty: the node's. ``args`` may hold facts. ``no_cache``: stages that are never
    taken from the cache. ``offline``: no step has a network. ``reproducible``: all times are
    those of the commit, or the epoch's where there is none. ``started``: when the build began, in
    seconds since the epoch.

    ``ca_certificates``: files with certificates that are trusted beside the public authorities'.
    ``leak_guard``: what is to be published is searched for the values of ``secrets`` and ``ssh``
    before any of it is pushed. ``pull_from``: what images may be pulled, as ``HOST/PATH`` with
    ``*`` for anything; empty: all. ``secrets_on``: what the main context's commit must be on
    before a secret is used, in the words of ``protected``; empty: any.
    """

    namespace: str
    name: str
    number: int
    attempt: int
    dockerfile: Dockerfile
    targets: tuple[Target, ...]
    timeout_seconds: int
    version: int = VERSION
    goal: Goal = Goal.BUILD
    dockerfile_path: str = "spec.stages"
    stages: tuple[Stage, ...] = ()
    contexts: tuple[Context, ...] = ()
    args: Mapping[str, str] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    registry_secrets: tuple[str, ...] = ()
    no_cache: tuple[str, ...] = ()
    offline: bool = False
    reproducible: bool = False
    lint: Lint = Lint.WARN
    started: int = 0
    secrets: tuple[Secret, ...] = ()
    ssh: tuple[Ssh, ...] = ()
    ca_certificates: tuple[str, ...] = ()
    proxy: Proxy = field(default_factory=Proxy)
    leak_guard: bool = False
    pull_from: tuple[str, ...] = ()
    secrets_on: tuple[str, ...] = ()


def pack(order: Order) -> bytes:
    """The file's bytes, the same for the same order."""
    text = json.dumps(wire.encode(order), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return gzip.compress(text.encode(), mtime=0)


def unpack(data: bytes) -> Order:
    """The order in the file's bytes; raises WireError for what is no order of this version."""
    try:
        plain = json.loads(gzip.decompress(data))
    except (OSError, EOFError, ValueError) as error:
        raise wire.WireError(f"not an order: {error}") from None
    order = wire.decode(Order, plain)
    if order.version != VERSION:
        raise wire.WireError(f"order version {order.version}; this worker reads {VERSION}")
    return order
