"""A kind node image made here: Debian, the node's files from the kind module, our own binaries.

The control plane lies in it as image archives under /kind/images, which a unit imports at boot.
"""

import json
from pathlib import Path

from testbed import cache, commands, debian, gobuild, ociimage, standins, tarball
from testbed.say import step

NAME = f"docker.io/kindest/node:{gobuild.KUBERNETES}"

_PACKAGES = (
    "systemd",
    "bash",
    "ca-certificates",
    "conntrack",
    "containernetworking-plugins",
    "ethtool",
    "iproute2",
    "iptables",
    "jq",
    "kmod",
    "libseccomp2",
    "mount",
    "nftables",
    "procps",
    "util-linux",
)
_CNI_PLUGINS = ("bridge", "host-local", "loopback", "portmap")
_CNI = {
    "cniVersion": "1.0.0",
    "name": "bridge",
    "plugins": [
        {
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": True,
            "ipMasq": True,
            "hairpinMode": True,
            "ipam": {
                "type": "host-local",
                "ranges": [[{"subnet": "10.244.0.0/22"}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}
# Again until it works: kind restarts containerd when it has changed its settings.
_IMPORT_UNIT = """\
[Unit]
Description=Import the images of the control plane
After=containerd.service
Before=kubelet.service
[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=180
ExecStart=/bin/sh -c 'for i in /kind/images/*.tar; \\
  do until ctr -n k8s.io images import "$i"; do sleep 0.2; done; done'
[Install]
WantedBy=multi-user.target
"""
_UNITS = "etc/systemd/system"
_ENABLED = ("kubelet", "containerd", "undo-mount-hacks", "import-images")
# What kind's own base image takes out of systemd: a container has no devices or disks to start.
_SILENCED = (
    "usr/lib/systemd/system/multi-user.target.wants/",
    "usr/lib/systemd/system/local-fs.target.wants/",
    "usr/lib/systemd/system/basic.target.wants/",
    "usr/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service",
    "usr/lib/systemd/system/sockets.target.wants/systemd-initctl.socket",
    "usr/lib/systemd/system/sockets.target.wants/systemd-udevd-control.socket",
    "usr/lib/systemd/system/sockets.target.wants/systemd-udevd-kernel.socket",
)


def layout() -> Path:
    """Return the OCI layout of the node image, made if missing."""
    base = debian.rootfs("node", suite="bookworm", packages=_PACKAGES)
    modules = ("node", "etcd", "containerd", "runc", "coredns", "pause", "kind")
    programs = {module: gobuild.programs(module) for module in modules}

    def make(entry: Path) -> None:
        with step("kind node image"):
            images = _control_plane(entry / "images", base, programs)
            own = entry / "own.tar"
            with tarball.layer(own) as layer:
                _fill(layer, programs, images)
            config = {
                "Entrypoint": ["/usr/local/bin/entrypoint", "/sbin/init"],
                "Env": ["container=docker"],
                "StopSignal": "SIGRTMIN+3",
            }
            ociimage.write(entry / "oci", name=NAME, layers=[base, own], config=config)
            own.unlink()
            for image in images:
                image.unlink()

    inputs = [cache.identity(path) for path in (base, *programs.values())]
    sources = (cache.HERE / name for name in ("tarball.py", "ociimage.py"))
    return cache.entry("node-image", cache.key(Path(__file__), *sources, *inputs), make) / "oci"


def _fill(layer: tarball.Layer, programs: dict[str, Path], images: list[Path]) -> None:
    """Write what stands above Debian."""
    _kind_files(layer, gobuild.module_files("kind", of="sigs.k8s.io/kind"))
    for program in ("containerd", "containerd-shim-runc-v2", "ctr"):
        layer.file(f"usr/local/bin/{program}", programs["containerd"] / program)
    layer.file("usr/local/sbin/runc", programs["runc"] / "runc")
    for program in ("kubeadm", "kubelet", "kubectl"):
        layer.file(f"usr/bin/{program}", programs["node"] / program)
    for plugin in _CNI_PLUGINS:
        layer.link(f"opt/cni/bin/{plugin}", f"/usr/lib/cni/{plugin}")
    layer.text("etc/cni/net.d/10-bridge.conflist", json.dumps(_CNI, indent=1))
    layer.text("etc/containerd/cri-base.json", _runtime_spec(programs["containerd"] / "ctr"))
    layer.folder("etc/kubernetes/manifests")
    layer.text("kind/version", f"{gobuild.KUBERNETES}\n")
    layer.text(f"{_UNITS}/import-images.service", _IMPORT_UNIT)
    for unit in _ENABLED:
        layer.link(f"{_UNITS}/multi-user.target.wants/{unit}.service", f"/{_UNITS}/{unit}.service")
    layer.link(f"{_UNITS}/systemd-binfmt.service", "/dev/null")
    for silenced in _SILENCED:
        layer.without(silenced)
    layer.text("etc/systemd/journald.conf.d/kind.conf", "[Journal]\nReadKMsg=no\n")
    layer.link("usr/sbin/init", "/usr/lib/systemd/systemd")
    for image in images:
        layer.file(f"kind/images/{image.name}", image, mode=0o644)


def _kind_files(layer: tarball.Layer, module: Path) -> None:
    """Take kind's own scripts, units and settings over."""
    files = module / "images" / "base" / "files"
    for path in sorted(
        path for part in ("kind", "etc", "usr") for path in (files / part).rglob("*")
    ):
        place = str(path.relative_to(files))
        if path.is_dir():
            layer.folder(place)
        else:
            layer.file(place, path, mode=0o755 if "/bin/" in place else 0o644)


def _runtime_spec(ctr: Path) -> str:
    """Return containerd's base runtime spec with kind's hook and without rlimits."""
    spec = json.loads(commands.output([ctr, "oci", "spec"]))
    hooks = spec.setdefault("hooks", {}).setdefault("createContainer", [])
    hooks.append({"path": "/kind/bin/mount-product-files.sh"})
    spec["process"].pop("rlimits", None)
    return json.dumps(spec)


def _control_plane(folder: Path, base: Path, programs: dict[str, Path]) -> list[Path]:
    """Write the archives of all images that kubeadm asks for; return their paths."""
    folder.mkdir()
    kubeadm = str(programs["node"] / "kubeadm")
    asked = [kubeadm, "config", "images", "list", "--kubernetes-version", gobuild.KUBERNETES]
    # The second pause is the one that containerd's settings in kind's files name.
    names = {*commands.output(asked).split(), "registry.k8s.io/pause:3.10"}
    return [_component(folder, image, base, programs) for image in sorted(names)]


def _component(folder: Path, image: str, base: Path, programs: dict[str, Path]) -> Path:
    """Write the archive of one image: the program of its name, alone but for kube-proxy."""
    program = image.rsplit("/", 1)[1].partition(":")[0]
    module = program if program in programs else "node"
    # Go names a program by its module's last word, and etcd's is `server`.
    built = programs[module] / ("server" if program == "etcd" else program)
    tar, scratch = folder / f"{program}.layer", folder / f"{program}.oci"
    with tarball.layer(tar) as layer:
        layer.file(f"usr/local/bin/{program}", built)
        layer.folder("tmp", mode=0o1777)
    layers = [base, tar] if program == "kube-proxy" else [tar]
    config = {"Env": [f"PATH={standins.PATH}"], "Entrypoint": [f"/usr/local/bin/{program}"]}
    ociimage.write(scratch, name=image, layers=layers, config=config)
    path = folder / f"{image.replace('/', '_').replace(':', '_')}.tar"
    ociimage.archive(scratch, path)
    ociimage.discard(scratch)
    tar.unlink()
    return path
