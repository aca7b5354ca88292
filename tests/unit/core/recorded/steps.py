"""What the end of a step's log said."""

from tests.unit.core.recorded.record import over_memory, step

from imagebuild.api.reasons import Reason

RUNC = "runc run failed: unable to start container process: error during container init: "

STEPS = (
    over_memory(
        step(
            "cgroup limit below what `head -c 1000m | tail` needs",
            137,
            "Killed",
            Reason.OUT_OF_MEMORY,
            "limits.memory",
        )
    ),
    over_memory(
        step(
            "gcc 12, compiler killed below a limit",
            1,
            "cc1: fatal error: Killed signal terminated program cc1\nmake: *** [a.o] Error 1",
            Reason.OUT_OF_MEMORY,
            "limits.memory",
        )
    ),
    step(
        "runc 1.1.5 in a user namespace whose /proc is masked",
        1,
        f'{RUNC}error mounting "proc" to rootfs at "/proc": mount proc:/proc (via '
        "/proc/self/fd/6), flags: 0xe: operation not permitted",
        Reason.NODE_UNSUPPORTED,
        "securityProfile",
    ),
    step(
        "SELinux node, andrcuns/charts#421",
        1,
        f'{RUNC}error mounting "devpts" to rootfs at "/dev/pts": mount src=devpts, dst=/dev/pts, '
        "dstFd=/proc/thread-self/fd/11, flags=MS_NOSUID|MS_NOEXEC, data=newinstance,"
        "ptmxmode=0666,mode=0620,gid=5: permission denied",
        Reason.NODE_UNSUPPORTED,
        "SELinux",
    ),
    step(
        "RUN in an arm64 image on amd64, no emulation",
        255,
        "exec /bin/sh: exec format error",
        Reason.PLATFORM_MISMATCH,
        "$BUILDPLATFORM",
    ),
    step(
        "dash, a program for arm64 in a RUN",
        126,
        "/bin/sh: 2: ./tool: Exec format error",
        Reason.PLATFORM_MISMATCH,
        "$TARGETARCH",
    ),
    step(
        "busybox, RUN cat of a secret's file after USER 1000",
        1,
        "cat: can't open '/run/secrets/token': Permission denied",
        Reason.STEP_FAILED,
        "set `uid`",
    ),
    step(
        "Python 3.13, open of a secret's file after USER 1000",
        1,
        'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\n'
        '    open("/run/secrets/token")\n'
        "PermissionError: [Errno 13] Permission denied: '/run/secrets/token'",
        Reason.STEP_FAILED,
        "`env`",
    ),
    step(
        "busybox, RUN yes > /file, ulimit -f",
        1,
        "yes: (null): File too large",
        Reason.DISK_FULL,
        "bounds.fileSize",
    ),
    step(
        "busybox sh, a child that is ended for ulimit -f",
        153,
        "File size limit exceeded (core dumped)",
        Reason.DISK_FULL,
        "bounds.fileSize",
    ),
    step(
        "busybox sh, ulimit -u",
        2,
        "/bin/sh: can't fork: Resource temporarily unavailable",
        Reason.TOO_MANY_PROCESSES,
        "bounds.processes",
    ),
    step("dash, ulimit -p", 2, "sh: 1: Cannot fork", Reason.TOO_MANY_PROCESSES, "make -j"),
    step(
        "bash, ulimit -u",
        254,
        "bash: fork: retry: Resource temporarily unavailable\n"
        "bash: fork: Resource temporarily unavailable",
        Reason.TOO_MANY_PROCESSES,
        "make -j",
    ),
    step("RUN sh -c 'kill -9 $$'; exit $?", 137, "Killed", Reason.STEP_KILLED, "limits.memory"),
    step("RUN's init killed from the node", 137, "", Reason.STEP_KILLED, "another program"),
    step("runc killed in the same process namespace", 9, "Killed", Reason.STEP_KILLED, "`kill`"),
    step(
        "node 20.20, server.listen on a taken port",
        1,
        "Error: listen EADDRINUSE: address already in use :::8080\n"
        "    at Server.setupListenHandle [as _listen2] (node:net:1908:16)\n"
        "Emitted 'error' event on Server instance at:\n"
        "    at process.processTicksAndRejections (node:internal/process/task_queues:82:21) {\n"
        "  code: 'EADDRINUSE',\n  errno: -98,\n  syscall: 'listen',\n  address: '::',\n"
        "  port: 8080\n}\n\nNode.js v20.20.2",
        Reason.STEP_FAILED,
        "left running",
    ),
    step(
        "busybox 1.35, dd into a full tmpfs",
        1,
        "dd: error writing '/x': No space left on device",
        Reason.STEP_FAILED,
        "ephemeral-storage",
    ),
    step(
        "apt 2.6 without a resolver",
        100,
        "E: Failed to fetch http://deb.example.com/a.deb  Temporary failure resolving "
        "'deb.example.com'",
        Reason.STEP_FAILED,
        "NetworkPolicy",
    ),
    step(
        "busybox 1.35 wget without a resolver",
        1,
        "wget: bad address 'example.com'",
        Reason.STEP_FAILED,
        "spec.network",
    ),
    step(
        'RUN ["nosuch"] with runc 1.1.5',
        1,
        'runc run failed: unable to start container process: exec: "nosuch": executable file not '
        "found in $PATH",
        Reason.STEP_FAILED,
        "not in its stage",
    ),
    step(
        'RUN ["/bin/nope"]',
        1,
        "runc run failed: unable to start container process: error during container init: exec: "
        '"/bin/nope": stat /bin/nope: no such file or directory',
        Reason.STEP_FAILED,
        "not in its stage",
    ),
    step(
        "dash, RUN go build without a go",
        127,
        "/bin/sh: 1: go: not found",
        Reason.STEP_FAILED,
        "not in its stage",
    ),
    step(
        "dash, RUN ./gradlew of mode 644",
        126,
        "/bin/sh: 1: ./gradlew: Permission denied",
        Reason.STEP_FAILED,
        "chmod",
    ),
    step(
        "go 1.19, a wrong name",
        2,
        "./main.go:5:19: undefined: fmt.Printline",
        Reason.STEP_FAILED,
        "logTail",
    ),
)
