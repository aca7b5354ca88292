"""The seccomp profile of the container that builds: what it may ask of the kernel, and why.

BuildKit gives every RUN step a filter of its own below this one, so a step may do what both allow.
The profile is written for nodes: OCI runtime specification, config-linux.md, "Seccomp", which
containerd and CRI-O read alike. It is an allow-list: what is not named here fails with EPERM.

The names are those of libseccomp; one that an architecture or an older library doesn't have is
passed over by the runtime.
"""

import errno
import json
from typing import Any

PROFILE = "manifests/seccomp/imagebuild.json"

Rule = dict[str, Any]

# 32-bit ones for steps with programs of that kind. A foreign platform runs by emulation, as
# programs of the node's own.
ARCHITECTURES = ("X86_64", "X86", "AARCH64", "ARM")

_FILES = """
access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat
faccessat2 fadvise64 fadvise64_64 arm_fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown
fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat
fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64
getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch ioctl lchown
lchown32 lgetxattr link linkat listxattr listxattrat llistxattr _llseek lremovexattr lseek listmount
lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2
pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv
removexattr removexattrat rename renameat renameat2 rmdir sendfile sendfile64 setxattr setxattrat
splice stat stat64 statfs statfs64 statmount statx symlink symlinkat sync sync_file_range
sync_file_range2 arm_sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat utime
utimensat utimensat_time64 utimes vmsplice write writev
"""
_WAITING = """
epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait
epoll_wait_old eventfd eventfd2 io_cancel io_destroy io_getevents io_pgetevents
io_pgetevents_time64 io_setup io_submit _newselect pause poll ppoll ppoll_time64 pselect6
pselect6_time64 select signalfd signalfd4
"""
_MEMORY = """
brk cachestat madvise map_shadow_stack membarrier memfd_create mincore mlock mlock2 mlockall mmap
mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect
"""
_PROCESSES = """
capget capset clone clone3 execve execveat exit exit_group fork futex futex_requeue futex_time64
futex_wait futex_waitv futex_wake getcpu getegid getegid32 geteuid geteuid32 getgid getgid32
getgroups getgroups32 getpgid getpgrp getpid getppid getpriority getresgid getresgid32 getresuid
getresuid32 getrlimit get_robust_list getrusage getsid get_thread_area gettid getuid getuid32
ioprio_get ioprio_set kill pidfd_open pidfd_send_signal prctl prlimit64 process_mrelease
restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_getaffinity
sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler
sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
sched_setscheduler sched_yield setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups
setgroups32 setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32
setreuid setreuid32 setrlimit set_robust_list setsid set_thread_area set_tid_address setuid setuid32
sigaltstack sigprocmask sigreturn sysinfo tgkill tkill ugetrlimit uname uretprobe vfork wait4 waitid
waitpid
"""
_TIME = """
alarm clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep
clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete
timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create
timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times
"""
# Which families a socket may have is said below.
_NETWORK = """
accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg
recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair
"""
_BETWEEN_PROCESSES = """
ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend
mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop
semtimedop_time64 shmat shmctl shmdt shmget
"""
# Programs that confine themselves, and sources of chance.
_CONFINING = """
getrandom landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp
"""
# strace, gdb and the leak sanitizer in tests that a build runs.
_WATCHING = "process_vm_readv process_vm_writev ptrace"
_ARCHITECTURES_OWN = """
arch_prctl breakpoint cacheflush set_tls
"""

ALLOWED: dict[str, str] = {
    "Any program: files and directories": _FILES,
    "Any program: waiting for files": _WAITING,
    "Any program: memory": _MEMORY,
    "Any program: processes, threads, users and signals": _PROCESSES,
    "Any program: time, which it may not set": _TIME,
    "Any program: sockets": _NETWORK,
    "Any program: System V and POSIX queues, semaphores and shared memory": _BETWEEN_PROCESSES,
    "Any program: randomness, and giving up rights": _CONFINING,
    "Debuggers in a step": _WATCHING,
    "What single architectures need": _ARCHITECTURES_OWN,
    "Package managers and bootstrappers in a step, which docker build lets do it too": "chroot",
    # From here on: what a container runtime does. Runtimes' own default profiles allow it to
    # CAP_SYS_ADMIN alone, and outside of a namespace of its own the kernel asks for that here too.
    "rootlesskit and runc make namespaces (so does clone) and enter them": "unshare setns",
    "BuildKit and runc mount the file systems of a step, and end that": "mount umount2 pivot_root",
    "runc opens a /proc of its own, in which no step can have put another file in place of one "
    "(without these it goes on, with less certainty)": "fsopen fsconfig fsmount open_tree",
    "runc names the machine that a step sees": "sethostname",
}

# UNIX, INET, INET6, NETLINK: others reach the hypervisor (VSOCK), the kernel's cryptography (ALG),
# or drivers that no build needs.
SOCKET_FAMILIES = (1, 2, 10, 16)

# Linux, 32-bit, both as of an ancient kernel's name, and the question what it is.
PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)

# runc makes a session keyring where the kernel has keyrings, and goes on where it has none: keys
# are not kept apart by namespaces, so a build gets none.
NOT_THERE = "add_key keyctl request_key"

# What is missing above on purpose, so that nobody adds it unawares. First what is not a build's
# business: the kernel itself, its clock, its disks, other programs' files by a handle.
REFUSED = """
acct adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 create_module
delete_module finit_module init_module ioperm iopl kexec_file_load kexec_load lookup_dcookie
nfsservctl open_by_handle_at quotactl quotactl_fd reboot setdomainname settimeofday stime swapoff
swapon syslog vhangup
"""
# Then what was the way into many a kernel, and no build was seen to need.
RISKY = """
bpf fanotify_init fanotify_mark io_uring_enter io_uring_register io_uring_setup kcmp memfd_secret
modify_ldt perf_event_open pidfd_getfd process_madvise remap_file_pages userfaultfd
"""
# And what container runtimes can make use of, but the ones here do without.
NOT_NEEDED = "fspick mount_setattr move_mount open_tree_attr umount"


def profile() -> str:
    """The profile as JSON."""
    return json.dumps(_profile(), indent=2) + "\n"


def names(text: str) -> list[str]:
    """The names in one of the texts above."""
    return sorted(text.split())


def _profile() -> Rule:
    rules = [
        *(_allow(text) for text in ALLOWED.values()),
        *(_first("socket", family) for family in SOCKET_FAMILIES),
        *(_first("personality", personality) for personality in PERSONALITIES),
        {"names": names(NOT_THERE), "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS},
    ]
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": errno.EPERM,
        "architectures": [f"SCMP_ARCH_{name}" for name in ARCHITECTURES],
        "syscalls": rules,
    }


def _allow(text: str) -> Rule:
    return {"names": names(text), "action": "SCMP_ACT_ALLOW"}


def _first(name: str, value: int) -> Rule:
    """Allow it where its first argument is this value."""
    args = [{"index": 0, "value": value, "op": "SCMP_CMP_EQ"}]
    return {"names": [name], "action": "SCMP_ACT_ALLOW", "args": args}
