"""What rootlesskit, BuildKit and runc say on a node that does not let them run without root.

Most of it is in the daemon's own log, before it serves anyone; what needs a mount of a build is
said of the first step or file. The texts are those of rootlesskit 2.3, BuildKit 0.34 and runc 1.1
to 1.4; docs/rootless.md of BuildKit has most of the mends.
"""

from imagebuild.api.reasons import Reason
from imagebuild.core.failures.row import Row, said, step

_ADMIN = "Ask the cluster's administrator: "
_NAMESPACES = (
    f"{_ADMIN}the sysctl `user.max_user_namespaces` of the node must be more than 0, 63359 say "
    "(Bottlerocket, Talos and old RHEL set it to 0)."
)
_APPARMOR_SYSCTL = (
    f"{_ADMIN}set the sysctl `kernel.apparmor_restrict_unprivileged_userns` of the node to 0 "
    "(Ubuntu since 23.10 sets it to 1), or name an AppArmor profile with `userns,` in the "
    "operator's setting `appArmorProfile`, as manifests/apparmor has it."
)
_CLONE_SYSCTL = (
    f"{_ADMIN}set the sysctl `kernel.unprivileged_userns_clone` of the node to 1 (Debian before "
    "11 and hardened kernels set it to 0)."
)
_SECCOMP = (
    f"{_ADMIN}the pod's seccomp profile forbids new namespaces (as CRI-O's default does, which "
    "lacks unshare). Name one in the operator's setting `seccompProfile` that allows unshare, "
    "clone and mounts, as manifests/seccomp/imagebuild.json does; or the sysctl "
    "`kernel.unprivileged_userns_clone` of the node is 0."
)
_APPARMOR = (
    f"{_ADMIN}AppArmor (the runtime's default profile) or SELinux forbids mounts. Name a profile "
    "that allows them in the operator's setting `appArmorProfile`, as manifests/apparmor has it; "
    "on SELinux nodes the pod needs a policy that allows mounts."
)
_SET_CAPS = (
    f"{_ADMIN}newuidmap may not use its capabilities. The pod must keep SETUID and SETGID and "
    "allow privilege escalation, and the builder image keep its file capabilities (some registries "
    "and image tools drop them)."
)
_RANGE = (
    f"{_ADMIN}the ids of /etc/subuid in the builder image do not lie within those that the pod "
    "has (65536 in a user namespace), or a policy set allowPrivilegeEscalation to false."
)
_SUBUID = (
    f"{_ADMIN}/etc/subuid or /etc/subgid of the builder image has no range for the user that it "
    "runs as; use an unchanged builder image, as user 1000."
)
_NOSUID = (
    f"{_ADMIN}the node mounts volumes with nosuid and nodev (Bottlerocket, old Container-Optimized "
    "OS), which forbids BuildKit's own mounts. Keep builds off such nodes."
)
_ROOTLESSKIT = (
    f"{_ADMIN}buildkitd was started without rootlesskit: use an unchanged builder image, and no "
    "policy that changes the pod's command."
)
_SELINUX = (
    f"{_ADMIN}SELinux, or AppArmor, forbids what steps need to mount: the pod needs a policy that "
    "allows it."
)
_OVERLAY = (
    f"{_ADMIN}the disk of the node's volumes cannot hold an overlay: it is one itself, or its "
    "kernel is older than 5.11."
)
_PROC = (
    f"{_ADMIN}/proc is masked in the pod, so steps get none of their own. `userns` as the "
    "operator's setting `securityProfile` needs a runtime that unmasks it (containerd 2.0, CRI-O "
    "1.25); `unconfined` does without."
)
_PROC_SAID = r"mount proc:/proc.*: operation not permitted"
_PREPARING = r"runc run failed: unable to start container process: .*error mounting .*"

DAEMON: tuple[Row, ...] = (
    said(
        "Daemon",
        r"max_user_namespaces needs to be set to non-zero|"
        r"fork/exec /proc/self/exe: (?:no space left on device|invalid argument)",
        Reason.NODE_UNSUPPORTED,
        mend=_NAMESPACES,
    ),
    said(
        "Daemon",
        r"apparmor_restrict_unprivileged_userns is set to 1|"
        r"fork/exec /proc/self/exe: permission denied",
        Reason.NODE_UNSUPPORTED,
        mend=_APPARMOR_SYSCTL,
    ),
    said(
        "Daemon",
        r"unprivileged_userns_clone needs to be set to 1",
        Reason.NODE_UNSUPPORTED,
        mend=_CLONE_SYSCTL,
    ),
    said(
        "Daemon",
        r"fork/exec /proc/self/exe: operation not permitted",
        Reason.NODE_UNSUPPORTED,
        mend=_SECCOMP,
    ),
    said(
        "Daemon",
        r"failed to share mount point: /: permission denied",
        Reason.NODE_UNSUPPORTED,
        mend=_APPARMOR,
    ),
    said(
        "Daemon",
        r"new[ug]idmap: (?:Could not set caps|open of [ug]id_map failed: Permission denied)",
        Reason.NODE_UNSUPPORTED,
        mend=_SET_CAPS,
    ),
    said(
        "Daemon",
        r"new[ug]idmap: write to [ug]id_map failed",
        Reason.NODE_UNSUPPORTED,
        mend=_RANGE,
    ),
    said("Daemon", r"No sub[ug]id ranges found", Reason.NODE_UNSUPPORTED, mend=_SUBUID),
    said(
        "Daemon",
        r"rootless mode requires to be executed as the mapped root",
        Reason.NODE_UNSUPPORTED,
        mend=_ROOTLESSKIT,
    ),
    said(
        "Daemon",
        r"new[ug]idmap|/proc/self/exe|share mount point|rootlesskit:parent\] error: failed to",
        Reason.NODE_UNSUPPORTED,
    ),
)
BUILD: tuple[Row, ...] = (
    said(
        "Daemon Solve",
        r"\[rbind ro\]\}?\]?: operation not permitted|"
        r"failed to mount \S*(?:containerd|buildkit)-mount\d+: (?:\[.*\]: )?"
        r"operation not permitted",
        Reason.NODE_UNSUPPORTED,
        mend=_NOSUID,
    ),
    said(
        "Daemon Solve",
        r"failed to mount overlay: |mount source: \"overlay\".*: invalid argument",
        Reason.NODE_UNSUPPORTED,
        mend=_OVERLAY,
    ),
)
STEP: tuple[Row, ...] = (
    step(f"{_PREPARING}{_PROC_SAID}", Reason.NODE_UNSUPPORTED, mend=_PROC),
    step(f"{_PREPARING}: permission denied", Reason.NODE_UNSUPPORTED, mend=_SELINUX),
)
