"""Volumes of a node made here: a directory each, that whoever mounts it may write to.

kind's own node image has a provisioner that makes them so. Ours leaves them to Kubernetes' host
paths, which belong to root, and which no fsGroup changes; a unit in the node opens each.
"""

from testbed.kindcluster import Cluster

_VOLUMES = "/tmp/hostpath_pv"  # noqa: S108 - in the node, where kube-controller-manager puts them
_PATH = f"[Path]\nMakeDirectory=yes\nPathChanged={_VOLUMES}\n[Install]\nWantedBy=paths.target\n"
_SERVICE = f"""\
[Unit]
StartLimitIntervalSec=0
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'chmod 0777 {_VOLUMES}/* || true'
"""
_INSTALL = """\
cd /etc/systemd/system && printf %s "$1" > open-volumes.path \\
  && printf %s "$2" > open-volumes.service && systemctl daemon-reload \\
  && systemctl --quiet enable --now open-volumes.path
"""


def open_all(cluster: Cluster) -> None:
    """Let the node open its volumes, those to come too."""
    cluster.in_node("sh", "-c", _INSTALL, "sh", _PATH, _SERVICE)
    cluster.in_node("systemctl", "start", "open-volumes.service")
