"""What is said on nodes that cannot build without root, and by daemons that end."""

from tests.unit.core.recorded.record import Recorded, daemon, solve

from imagebuild.api.reasons import Reason
from imagebuild.contract.report import Cause

NODES = (
    daemon(
        "user.max_user_namespaces=0",
        'time="2026-01-31T12:00:00Z" level=warning msg="[rootlesskit:parent] '
        '/proc/sys/user/max_user_namespaces needs to be set to non-zero."\n'
        "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: no "
        "space left on device",
        "`user.max_user_namespaces`",
    ),
    daemon(
        "OKD 3.11, moby/buildkit#1188",
        "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: "
        "invalid argument",
        "`user.max_user_namespaces`",
    ),
    daemon(
        "clone(CLONE_NEWUSER) answered with EACCES, as Ubuntu 24.04's AppArmor does",
        "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: "
        "permission denied",
        "`kernel.apparmor_restrict_unprivileged_userns`",
    ),
    daemon(
        "rootlesskit pkg/parent/warn.go, Ubuntu 24.04",
        'level=warning msg="[rootlesskit:parent] This error might have happened because '
        '/proc/sys/kernel/apparmor_restrict_unprivileged_userns is set to 1"',
        "`userns,`",
    ),
    daemon(
        "rootlesskit pkg/parent/warn.go, Debian 10",
        'level=warning msg="[rootlesskit:parent] /proc/sys/kernel/unprivileged_userns_clone '
        'needs to be set to 1."\n[rootlesskit:parent] error: failed to start the child: '
        "fork/exec /proc/self/exe: operation not permitted",
        "`kernel.unprivileged_userns_clone` of the node to 1",
    ),
    daemon(
        "seccomp that forbids clone(CLONE_NEWUSER) and unshare, as cri-o/cri-o#5819",
        "[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: "
        "operation not permitted",
        "`seccompProfile`",
    ),
    daemon(
        "mount(2) answered with EACCES, as AppArmor's runtime/default (moby/buildkit#2441)",
        "[rootlesskit:child ] error: failed to share mount point: /: permission denied\n"
        "[rootlesskit:parent] error: child exited: exit status 1",
        "AppArmor",
    ),
    daemon(
        "setpriv --bounding-set -all",
        "[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 8987 [0 1000 1 1 "
        "100000 65536] failed: newuidmap: open of uid_map failed: Permission denied\n"
        ": exit status 1",
        "SETUID and SETGID",
    ),
    daemon(
        "allowPrivilegeEscalation: false, moby/buildkit#1671",
        "[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 14 [0 1000 1 1 "
        "100000 65536] failed: newuidmap: Could not set caps\n: exit status 1",
        "privilege escalation",
    ),
    daemon(
        "in a user namespace of 65536 ids with user:100000:65536",
        "[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 9440 [0 1000 1 1 "
        "100000 65536] failed: newuidmap: write to uid_map failed: Operation not permitted\n"
        ": exit status 1",
        "/etc/subuid",
    ),
    daemon(
        "a user without a line in /etc/subuid",
        "[rootlesskit:parent] error: failed to setup UID/GID map: failed to compute uid/gid "
        'map: No subuid ranges found for user 1000 ("user")',
        "as user 1000",
    ),
    daemon(
        "buildkitd --rootless as user 1000",
        "buildkitd: rootless mode requires to be executed as the mapped root in a user "
        "namespace; you may use RootlessKit for setting up the namespace",
        "rootlesskit",
    ),
    daemon(
        "rootlesskit pkg/parent/parent.go, newuidmap missing in the image",
        '[rootlesskit:parent] error: failed to setup UID/GID map: exec: "newuidmap": '
        "executable file not found in $PATH",
        "administrator",
    ),
    solve(
        "Bottlerocket, bottlerocket-os/bottlerocket#1934",
        "failed to solve: failed to read dockerfile: failed to mount "
        "/home/user/.local/tmp/buildkit-mount313966645: [{Type:bind Source:/home/user/.local/"
        "share/buildkit/runc-native/snapshots/snapshots/1 Options:[rbind ro]}]: operation not "
        "permitted",
        Reason.NODE_UNSUPPORTED,
        "nosuid",
    ),
    solve(
        "Bottlerocket, moby/buildkit#4667",
        "failed to mount /run/user/1000/containerd-mount3852074643: operation not permitted",
        Reason.NODE_UNSUPPORTED,
        "nosuid",
    ),
    solve(
        "a root directory on an overlay, concourse/oci-build-task#50",
        "failed to solve: mount callback failed on /tmp/containerd-mount1: failed to mount "
        "overlay: invalid argument",
        Reason.NODE_UNSUPPORTED,
        "5.11",
    ),
)

DAEMONS = (
    daemon(
        "a wrong option",
        "Incorrect Usage: flag provided but not defined: -x",
        "buildkitd",
        Reason.DAEMON_FAILED,
    ),
    Recorded(
        "kill -9 of buildkitd",
        Cause.DAEMON,
        "failed to receive status: rpc error: code = "
        "Unavailable desc = error reading from server: EOF",
        Reason.DAEMON_FAILED,
        "buildkitd",
        facts={"vertex": "[a 2/2] RUN x", "log_tail": "newuidmap: Could not"},
    ),
    Recorded(
        "buildkitd over its memory",
        Cause.DAEMON,
        "failed to receive status: rpc error: "
        "code = Unavailable desc = error reading from server: EOF",
        Reason.OUT_OF_MEMORY,
        "limits.memory",
        oom=True,
        facts={"vertex": "[a 2/2] RUN x"},
    ),
    solve(
        "kill -9 of buildkitd while a step fails",
        "failed to receive status: rpc error: code = "
        "Unavailable desc = error reading from server: EOF",
        Reason.DAEMON_FAILED,
        "buildkitd",
    ),
    Recorded(
        "buildkitd over its memory while it pushes",
        Cause.PUSH,
        "rpc error: code = "
        'Unavailable desc = connection error: desc = "transport: Error while dialing: dial '
        'unix /imagebuild/run/buildkitd.sock: connect: connection refused"',
        Reason.OUT_OF_MEMORY,
        "limits.memory",
        oom=True,
    ),
    solve(
        "session/manager.go:174 of BuildKit 0.34.2, moby/buildkit#6422",
        "failed to solve: failed to authorize: no active session for 7xk2: context deadline "
        "exceeded",
        Reason.SESSION_LOST,
        "requests.cpu",
    ),
    solve(
        "session/group.go:12 of BuildKit 0.34.2",
        "failed to solve: no active sessions",
        Reason.SESSION_LOST,
        "requests.cpu",
    ),
)
