"""Where images come from: pulled by the engine, or made here."""

from pathlib import Path

from testbed import engine, nodeimage, ociimage, standins
from testbed.say import note, step

# The image that kind 0.33 was released with for this minor version.
PULLED_NODE = "docker.io/kindest/node:v1.36.4"
_MADE_NODE = "localhost/imagebuild/node"
_NEEDED = (standins.REGISTRY, standins.PYTHON, standins.BUILDKIT)


def decide(wanted: str, *, living: str, using: engine.Engine) -> str:
    """Return `build` or `pull`; `auto` keeps what a living cluster has, else asks the engine."""
    if wanted != "auto":
        note(f"images: {wanted} (asked for)")
        return wanted
    if living:
        note(f"images: {living} (as the cluster that is there)")
        return living
    pulls = using.can_pull()
    reason = "can pull public images" if pulls else "cannot pull: they are made here, once"
    note(f"images: {'pull' if pulls else 'build'} ({using.name} {reason})")
    return "pull" if pulls else "build"


def node(images: str, using: engine.Engine) -> str:
    """Return the name of the node image in the engine's store, brought there if missing."""
    if images == "pull":
        _pull(using, PULLED_NODE)
        return PULLED_NODE
    layout = nodeimage.layout()
    name = f"{_MADE_NODE}:{layout.parent.name}"
    if not using.has_image(name):
        with step("node image into the engine's store"):
            using.load(layout, name=nodeimage.NAME)
            using.output("tag", nodeimage.NAME, name)
            using.output("rmi", nodeimage.NAME)
        using.drop(_MADE_NODE, but={name})
    return name


def bases(images: str, using: engine.Engine) -> None:
    """Bring the images that the engine itself needs into its store, under their public names."""
    if images == "pull":
        for name in _NEEDED:
            _pull(using, name)
        return
    made = standins.layouts()
    for name in _NEEDED:
        if not _is(using, name, made[name]):
            with step(f"{name} into the engine's store"):
                using.load(made[name], name=name)


def archive(name: str, images: str, using: engine.Engine, path: Path) -> None:
    """Write the image `name` to an archive that the node loads."""
    if images == "build":
        ociimage.archive(standins.layouts()[name], path)
    else:
        using.save(name, path)


def mirrored(images: str) -> dict[str, Path]:
    """Return the stand-ins that the registry serves under public names: all, or none if pulled."""
    return standins.layouts() if images == "build" else {}


def _pull(using: engine.Engine, name: str) -> None:
    if not using.has_image(name):
        with step(f"pulling {name}"):
            using.run("pull", "--quiet", name, log="pull", mend="or make it: --images build")


def _is(using: engine.Engine, name: str, layout: Path) -> bool:
    """Whether the store's image of that name is this very layout."""
    if not using.has_image(name):
        return False
    found = using.output("image", "inspect", "--format", "{{.Id}}", name)
    return found.removeprefix("sha256:") in ociimage.identities(layout)
