"""What a step tries that means harm: shell conditions, each true if it could.

They run as steps do: busybox, root of a user namespace, BuildKit's own capabilities. Those of
``APART`` need that the daemon's processes are out of sight, which is so with profile ``userns``.
"""

from collections.abc import Mapping

# Functions that attacks and controls share: a control shows that one would see what it looks for.
_FUNCTIONS = r"""
mkdir -p /mnt
listeners() { awk 'FNR > 1 && $4 == "0A"' /proc/net/tcp /proc/net/tcp6; }
sockets() { find / -path /proc -prune -o -type s -print; }
pids() { ls /proc | grep '^[0-9]*$'; }
words() { for pid in $(pids); do tr '\0' '\n' < /proc/$pid/$1; done; }
of() { for pid in $(pids); do tr '\0' ' ' < /proc/$pid/cmdline | grep -qE "$1" && echo $pid; done; }
daemons() { of 'rootlesski[t]|buildkit[d]|imagebuil[d]'; }
mapped() { cut -d- -f1 /proc/$1/maps | head -n 1; }
memory() { dd if=/proc/$1/mem bs=4096 count=1 skip=$((0x$(mapped $1) / 4096)) | grep -q .; }
writes() { echo "$2" > "$1"; }
""".strip()

ANYWHERE: Mapping[str, str] = {
    # Credentials: where they lie in the worker's container, and where programs look for them.
    "see the worker's directories": "ls -d /imagebuild",
    "find a registry's credentials": (
        r"find / -xdev \( -name '.dockerconfigjson' -o -name config.json \) | grep ."
    ),
    "find a token of the service account": "find / -xdev -path '*serviceaccount*' | grep .",
    "find a volume of the kubelet's": (
        "grep -E 'secret|projected|serviceaccount|/imagebuild' /proc/self/mountinfo"
    ),
    "read a credential in its own environment": (
        "env | grep -iE 'token|password|docker_config|kubeconfig'"
    ),
    # Its daemon.
    "reach the daemon's socket by its path": (
        "for path in $(awk '/buildkitd/ {print $8}' /proc/net/unix); do [ -e $path ] && exit 0; "
        "done; exit 1"
    ),
    "find a socket with an abstract name": "awk '{print $8}' /proc/net/unix | grep ^@",
    "find a socket among its files": "sockets | grep .",
    "find a port of the pod that listens": "listeners | grep .",
    # Its node.
    "see files of the node": (
        "for path in /host /var/lib/kubelet /etc/kubernetes /run/containerd /var/run/docker.sock; "
        "do [ -e $path ] && exit 0; done; exit 1"
    ),
    "make the device of a disk": "mknod /tmp/disk b 8 0",
    "make the device of memory": "mknod /tmp/mem c 1 1",
    "find the device of a disk": "ls /dev | grep -E '^([svx]d[a-z]|nvme|mem$|kmem$|kmsg$|fuse$)'",
    "read the kernel's memory": "head -c 1 /proc/kcore | grep -q .",
    "read the kernel's log": "dmesg | grep .",
    "read the kernel's keys": "grep . /proc/keys",
    "mount a file system": "mount -t tmpfs none /mnt",
    "mount /proc": "mount -t proc none /mnt",
    "mount cgroups": "mount -t cgroup none /mnt || mount -t cgroup2 none /mnt",
    "bind the root elsewhere": "mount -o bind / /mnt",
    "make /proc/sys writable": "mount -o remount,rw /proc/sys",
    "set what runs when a program crashes": (
        "writes /proc/sys/kernel/core_pattern '|/bin/sh' || "
        "writes /proc/sys/kernel/modprobe /bin/sh"
    ),
    "set the kernel's parameters": "writes /proc/sys/vm/overcommit_memory 1",
    "press the magic key": "writes /proc/sysrq-trigger h",
    "see the devices of /sys": "ls /sys | grep .",
    "set the name of its host": "hostname taken",
    "change the pod's network": "ip link add dummy0 type dummy || ip link set lo down",
    "listen to all that the pod receives": (
        "arping -c 1 -w 1 -I lo 127.0.0.1 2>&1 | grep . | grep -v 'not permitted'"
    ),
    "make a user namespace": "unshare -U true",
    "make a mount namespace": "unshare -m true",
    "hold more than the capabilities of any container": (
        "grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb):' /proc/self/status | "
        "grep -vE '\\s(00000000a80425fb|0000000000000000)$' | grep ."
    ),
}

APART: Mapping[str, str] = {
    "see the daemon's processes": "daemons | grep .",
    "read the daemon's environment": (
        "for pid in $(daemons); do grep -q . /proc/$pid/environ && exit 0; done; exit 1"
    ),
    "reach the daemon's files": (
        "for pid in $(daemons); do ls /proc/$pid/root/imagebuild && exit 0; done; exit 1"
    ),
    "read the daemon's memory": ("for pid in $(daemons); do memory $pid && exit 0; done; exit 1"),
    "signal the daemon": "for pid in $(daemons); do kill -0 $pid && exit 0; done; exit 1",
}

# What does work, so that an attack that fails does so for want of power and not of a tool.
CONTROLS: Mapping[str, str] = {
    "find a socket of its own": (
        "syslogd -n & for n in 1 2 3 4 5 6 7 8 9 10; do "
        "sockets | grep -q . && { kill $!; rm /dev/log; exit 0; }; sleep 0.1; done; exit 1"
    ),
    "find a file by its name": "find / -xdev -name enemy.sh | grep .",
    "read its own environment": "words environ | grep ^PATH=",
    "see its own processes": "of '/enemy.s[h]' | grep .",
    "read its own memory": "memory $(of '/enemy.s[h]' | head -n 1)",
    "see its own listener": (
        "nc -l -p 1234 < /dev/null & for n in 1 2 3 4 5 6 7 8 9 10; do "
        "listeners | grep -q ':04D2 ' && { kill $!; exit 0; }; sleep 0.1; done; exit 1"
    ),
    "see that the daemon has a socket": "grep buildkitd /proc/net/unix",
    "read the mount table": "grep ' / / ' /proc/self/mountinfo",
    "write to its own file system": "writes /tmp/file x && grep x /tmp/file",
    "make a pipe": "mknod /tmp/pipe p",
    "signal its own child": "sleep 60 & kill -9 $!",
}


def script(tried: Mapping[str, str]) -> str:
    """A shell script that says of each in a line of its own: `enemy could: …` or `could not: …`."""
    lines = [_FUNCTIONS]
    for name, condition in tried.items():
        lines.append(f'if ( {condition} ) > /dev/null 2>&1; then c=could; else c="could not"; fi')
        lines.append(f'echo "enemy $c: {name}"')
    return "\n".join([*lines, ""])


def told(log: str) -> Mapping[str, bool]:
    """What the script said in a build's log: what was tried -> whether it could."""
    found = {}
    for line in log.splitlines():
        _, at, rest = line.partition("enemy could")
        verdict, colon, name = rest.partition(": ")
        if at and colon and verdict in ("", " not"):
            found[name.strip()] = not verdict
    return found
