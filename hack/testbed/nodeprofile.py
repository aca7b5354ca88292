"""The seccomp profile of build pods, on the cluster's node."""

from testbed import projectimages
from testbed.kindcluster import Cluster

PROFILE = projectimages.ROOT / "manifests" / "seccomp" / "imagebuild.json"

_KUBELET = "/var/lib/kubelet/seccomp"
# Beside it and then in its place: a pod that starts now finds the one or the other, whole.
_WRITE = 'mkdir -p "$1" && printf %s "$3" > "$1/.$2" && mv "$1/.$2" "$1/$2"'


def install(cluster: Cluster) -> None:
    """Write the profile as it is here now; builds that begin from now on run under it."""
    text = PROFILE.read_text()
    cluster.in_node("sh", "-c", _WRITE, "sh", _KUBELET, PROFILE.name, text)
