"""Stand-ins for public base images, made from Debian packages and Go modules.

They carry the public names, so that manifests, Dockerfiles and examples stay what anyone would
write. They hold what the examples and tests need, not all that the real images hold.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from testbed import cache, debian, gobuild, ociimage, tarball
from testbed.say import step

GOLANG = "docker.io/library/golang:1.19"
ALPINE = "docker.io/library/alpine:3.18"
PYTHON = "docker.io/library/python:3.13-slim"
GCC = "docker.io/library/gcc:14"
NODE = "docker.io/library/node:20-slim"
BUILDKIT = f"docker.io/moby/buildkit:{gobuild.BUILDKIT}-rootless"
REGISTRY = "docker.io/library/registry:3"

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_USERS = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
_GROUPS = "root:x:0:\nnobody:x:65534:\n"
_CAP_SETGID, _CAP_SETUID = 6, 7

Config = Mapping[str, object]


def layouts() -> dict[str, Path]:
    """Return the OCI layout of every stand-in by its public name, made if missing."""
    makers = {
        GOLANG: _golang,
        ALPINE: _alpine,
        PYTHON: _python,
        GCC: _gcc,
        NODE: _node,
        BUILDKIT: _buildkit,
        REGISTRY: _registry,
    }
    return {name: make() for name, make in makers.items()}


def _image(
    name: str,
    config: Config,
    *,
    base: Path | None = None,
    parts: tuple[Path, ...] = (),
    fill: Callable[[tarball.Layer], None] | None = None,
) -> Path:
    """Make one image: `base` is its first layer, `fill` writes the second from `parts`."""

    def make(entry: Path) -> None:
        with step(f"image {name}"):
            layers = [base] if base else []
            own = entry / "own.tar"
            if fill:
                with tarball.layer(own) as layer:
                    fill(layer)
                layers.append(own)
            ociimage.write(entry / "oci", name=name, layers=layers, config=config)
            own.unlink(missing_ok=True)

    shelf = name.rsplit("/", 1)[1].replace(":", "-")
    inputs = [cache.identity(path) for path in (*((base,) if base else ()), *parts)]
    sources = (cache.HERE / name for name in ("tarball.py", "ociimage.py"))
    of = cache.key(name, Path(__file__), *sources, *inputs)
    return cache.entry(f"image-{shelf}", of, make) / "oci"


def _golang() -> Path:
    packages = ("golang-1.19-go", "ca-certificates", "git")
    base = debian.rootfs("golang", suite="bookworm", packages=packages)
    environment = ["GOPATH=/go", "GOTOOLCHAIN=local", f"PATH=/go/bin:/usr/local/go/bin:{PATH}"]
    return _image(
        GOLANG,
        {"Cmd": ["bash"], "Env": environment, "WorkingDir": "/go"},
        base=base,
        fill=lambda layer: layer.link("usr/local/go", "/usr/lib/go-1.19"),
    )


def _alpine() -> Path:
    debian.ensure("busybox-static")
    busybox = Path("/bin/busybox")
    applets = debian.applets(busybox)

    def fill(layer: tarball.Layer) -> None:
        for folder in ("bin", "etc", "root", "sbin", "usr/bin", "usr/local/bin", "usr/sbin", "var"):
            layer.folder(folder)
        layer.folder("tmp", mode=0o1777)
        layer.file("bin/busybox", busybox)
        for applet in applets:
            layer.link(f"bin/{applet}", "busybox")
        layer.text("etc/passwd", _USERS)
        layer.text("etc/group", _GROUPS)

    config = {"Cmd": ["/bin/sh"], "Env": [f"PATH={PATH}"]}
    return _image(ALPINE, config, parts=(busybox,), fill=fill)


def _python() -> Path:
    packages = ("python3", "python3-pip", "python3-venv", "ca-certificates")
    base = debian.rootfs("python", suite="trixie", packages=packages)

    def fill(layer: tarball.Layer) -> None:
        # As in the real image, pip may install into this Python.
        layer.without("usr/lib/python3.13/EXTERNALLY-MANAGED")
        for name in ("python", "python3", "python3.13"):
            layer.link(f"usr/local/bin/{name}", "/usr/bin/python3.13")
        layer.link("usr/local/bin/pip", "/usr/bin/pip3")
        layer.folder("usr/local/lib/python3.13/dist-packages")
        layer.link("usr/local/lib/python3.13/site-packages", "dist-packages")

    config = {"Cmd": ["python3"], "Env": [f"PATH={PATH}", "LANG=C.UTF-8"]}
    return _image(PYTHON, config, base=base, fill=fill)


def _gcc() -> Path:
    # Neither optimization by the linker nor what checks or measures a program as it runs.
    unused = ("*/lto*", "*-lto-dump-*", "/usr/lib/*san*", "*gprofng*", "*/gp-*")
    without = ("/usr/share/*", "*/gconv/*", *unused)
    base = debian.files("gcc", suite="trixie", packages=("gcc", "libc6-dev"), without=without)
    config = {"Cmd": ["sh"], "Env": [f"PATH={PATH}"]}
    return _on_busybox(GCC, config, base=base, without=("ar", "strings"))


def _node() -> Path:
    without = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/nodejs/corepack/*", "*/gconv/*")
    base = debian.files("node", suite="trixie", packages=("nodejs",), without=without)
    config = {"Cmd": ["node"], "Env": [f"PATH={PATH}"]}
    return _on_busybox(NODE, config, base=base, user="node")


def _on_busybox(
    name: str, config: Config, *, base: Path, user: str = "", without: tuple[str, ...] = ()
) -> Path:
    """Make an image of packages' files, `base`, with busybox for shell and common programs.

    `user` gets the number 1000; `without` are the applets that the packages have themselves.
    """
    debian.ensure("busybox-static")
    busybox = Path("/bin/busybox")
    applets = [applet for applet in debian.applets(busybox) if applet not in without]

    def fill(layer: tarball.Layer) -> None:
        for folder in ("bin", "lib", "lib64", "sbin"):
            layer.link(folder, f"usr/{folder}")
        for folder in ("etc", "root", "usr/local/bin", "usr/sbin"):
            layer.folder(folder)
        layer.folder("tmp", mode=0o1777)
        layer.file("usr/bin/busybox", busybox)
        for applet in applets:
            layer.link(f"usr/bin/{applet}", "busybox")
        own = (f"{user}:x:1000:1000::/home/{user}:/bin/sh\n", f"{user}:x:1000:\n")
        layer.text("etc/passwd", _USERS + (own[0] if user else ""))
        layer.text("etc/group", _GROUPS + (own[1] if user else ""))

    return _image(name, config, base=base, parts=(busybox,), fill=fill)


def _buildkit() -> Path:
    packages = ("uidmap", "ca-certificates", "git")
    base = debian.rootfs("buildkit", suite="bookworm", packages=packages)
    daemon, runc = gobuild.programs("buildkit"), gobuild.programs("runc")
    rootless = gobuild.programs("rootlesskit")
    debian.ensure("uidmap")

    def fill(layer: tarball.Layer) -> None:
        layer.file("usr/bin/buildkitd", daemon / "buildkitd")
        layer.file("usr/bin/buildctl", daemon / "buildctl")
        layer.file("usr/bin/buildkit-runc", runc / "runc")
        layer.file("usr/bin/rootlesskit", rootless / "rootlesskit")
        # Set-uid programs fail under a bounding set without CAP_SYS_ADMIN; file capabilities work.
        layer.file("usr/bin/newuidmap", Path("/usr/bin/newuidmap"), capability=_CAP_SETUID)
        layer.file("usr/bin/newgidmap", Path("/usr/bin/newgidmap"), capability=_CAP_SETGID)
        layer.text("etc/passwd", f"{_USERS}user:x:1000:1000::/home/user:/bin/sh\n")
        layer.text("etc/group", f"{_GROUPS}user:x:1000:\n")
        # All within the 65536 ids of a pod with a user namespace of its own.
        for name in ("subuid", "subgid"):
            layer.text(f"etc/{name}", "user:1:999\nuser:1001:64535\n")
        for folder in ("home/user", "home/user/.local", "home/user/.local/tmp", "run/user/1000"):
            layer.folder(folder, mode=0o700, owner=1000)
        for folder in ("home/user/.local/share", "home/user/.local/share/buildkit"):
            layer.folder(folder, mode=0o700, owner=1000)

    environment = {
        "HOME": "/home/user",
        "USER": "user",
        "XDG_RUNTIME_DIR": "/run/user/1000",
        "TMPDIR": "/home/user/.local/tmp",
        "BUILDKIT_HOST": "unix:///run/user/1000/buildkit/buildkitd.sock",
        "PATH": PATH,
    }
    config = {
        "User": "1000:1000",
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Entrypoint": ["rootlesskit", "buildkitd"],
    }
    parts = (daemon / "buildkitd", runc / "runc", rootless / "rootlesskit")
    return _image(BUILDKIT, config, base=base, parts=parts, fill=fill)


_REGISTRY_CONFIG = """\
version: 0.1
log: {level: info}
storage:
  filesystem: {rootdirectory: /var/lib/registry}
  delete: {enabled: true}
http: {addr: ":5000"}
"""


def _registry() -> Path:
    program = gobuild.programs("registry") / "registry"

    def fill(layer: tarball.Layer) -> None:
        layer.folder("tmp", mode=0o1777)
        layer.folder("var/lib/registry", mode=0o1777)
        layer.file("bin/registry", program)
        layer.text("etc/distribution/config.yml", _REGISTRY_CONFIG)
        layer.text("etc/passwd", _USERS)

    config = {
        "Env": [f"PATH={PATH}", "OTEL_TRACES_EXPORTER=none"],
        "Entrypoint": ["registry"],
        "Cmd": ["serve", "/etc/distribution/config.yml"],
        "ExposedPorts": {"5000/tcp": {}},
    }
    return _image(REGISTRY, config, parts=(program,), fill=fill)
