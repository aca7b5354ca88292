"""What the stages of a build take once they are unpacked, and the images that are made of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from imagebuild.contract.order import Order
from imagebuild.worker import dockerfile
from imagebuild.worker.dockerfile.parsed import Dockerfile
from imagebuild.worker.limits import Limits
from imagebuild.worker.solve import buildctl, manifests, records
from imagebuild.worker.solve.manifests import Layers
from imagebuild.worker.solve.records import Disk, Record
from imagebuild.worker.solve.sizes import Sizes, Vertexes
from imagebuild.worker.workspace import Workspace

# The vertexes of the last step of a stage on a platform.
Ends = Mapping[tuple[str, str], tuple[str, ...]]

# The sizes of the compressed layers of images, by digest.
Images = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Stock:
    """What the daemon keeps at the end, and the images that the build began with.

    ``copies``: that each record holds all the files that a step came to, and not its own alone.
    """

    records: tuple[Record, ...] = ()
    images: Images = field(default_factory=dict)
    copies: bool = False


def kept(workspace: Workspace, limits: Limits) -> tuple[Record, ...]:
    """What the daemon keeps; raises ValueError, or what the limits raise, where it does not say."""
    words = ("du", "--format", "{{json .}}")
    return records.read(buildctl.ask(*words, workspace=workspace, limits=limits))


def layers(images: Iterable[tuple[str, str]], *, workspace: Workspace, limits: Limits) -> Images:
    """The layers of images, each a digest and a platform, as far as the daemon knows them."""
    found = {}
    for digest, platform in images:
        known = manifests.layers(digest, platform, workspace=workspace, limits=limits)
        if (sizes := manifests.matching(known, platform)) is not None:
            found[digest] = sizes
    return found


class Weights:
    """Of one order: takes in what is known of its stages, and is weighed at the end."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._vertexes = Vertexes()
        self._standing: dict[str, str] = {}
        self._unpacked: Mapping[tuple[str, str], int] = {}
        self.take = self._vertexes.take

    def know(self, found: Dockerfile) -> None:
        """What the Dockerfile says: a stage without steps of its own is the one it stands on."""
        names: list[str] = []
        for stage, shown in zip(found.stages, dockerfile.order_stages(found), strict=True):
            steps = any(instruction.counted for instruction in shown.instructions)
            alike = not steps and len(stage.parents) == 1
            names.append(names[stage.parents[0]] if alike else stage.name)
        self._standing = {s.name: name for s, name in zip(found.stages, names, strict=True)}

    def images(self, node_platform: str) -> frozenset[tuple[str, str]]:
        """The digests of all images that it begins with, each with its platform."""
        usual = self._order.platforms[0] if self._order.platforms else node_platform
        return frozenset((image, own or usual) for image, own in self._vertexes.images())

    def weigh(self, ends: Ends, stock: Stock, published: Mapping[int, Layers]) -> None:
        """Works out what each stage takes; ``published``: the layers of images, by target."""
        rewritten = self._order.reproducible
        disk = Disk(stock.records, rewritten=rewritten, copies=stock.copies)
        sizes = Sizes(self._vertexes, disk, stock.images)
        for target, layers in published.items():
            made_as = self._made_as(self._order.targets[target].stage)
            for (name, platform), vertexes in ends.items():
                of_platform = manifests.matching(layers, platform)
                if name == made_as and of_platform is not None:
                    sizes.published(vertexes, of_platform)
        self._unpacked = {row: sizes.unpacked(vertexes) for row, vertexes in ends.items()}

    def unpacked(self, stage: str, platform: str) -> int:
        """What a stage takes in bytes, by its name and platform in a picture; 0: not known."""
        return self._unpacked.get((self._standing.get(stage, stage), platform), 0)

    def _made_as(self, stage: str | None) -> str:
        """The stage whose last step a target ends with."""
        names = [stage.lower()] if stage is not None else list(self._standing)[-1:]
        return self._standing.get(names[0], "") if names else ""
