"""The seccomp profile that is shipped: its form, what a build needs of it, what it keeps out."""

import json
import re
from pathlib import Path

import pytest
import seccomp
import yaml

SECCOMP = Path(__file__).parents[3] / "manifests" / "seccomp"
PROFILE = json.loads((SECCOMP / "imagebuild.json").read_text())
ALLOW, ERRNO = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
ENOSYS = 38


def allowed(*, bounded=False):
    """The names that are allowed; `bounded`: for some values of an argument only."""
    rules = [rule for rule in PROFILE["syscalls"] if rule["action"] == ALLOW]
    return {name for rule in rules if ("args" in rule) is bounded for name in rule["names"]}


def first_arguments(name):
    rules = [rule for rule in PROFILE["syscalls"] if name in rule["names"]]
    return {arg["value"] for rule in rules for arg in rule["args"]}


def test_it_is_what_the_list_makes():
    assert json.loads(seccomp.profile()) == PROFILE


def test_what_is_not_named_is_refused():
    assert (PROFILE["defaultAction"], PROFILE["defaultErrnoRet"]) == (ERRNO, 1)


# config-linux.md of the OCI runtime specification: what both containerd and CRI-O read.
def test_every_rule_has_the_form_that_runtimes_read():
    assert set(PROFILE) == {"defaultAction", "defaultErrnoRet", "architectures", "syscalls"}
    assert all(re.fullmatch(r"SCMP_ARCH_[A-Z0-9_]+", name) for name in PROFILE["architectures"])
    for rule in PROFILE["syscalls"]:
        assert set(rule) <= {"names", "action", "errnoRet", "args"}, rule
        assert rule["action"] in (ALLOW, ERRNO), rule
        assert rule["names"], rule
        assert all(re.fullmatch(r"_?[a-z][a-z0-9_]*", name) for name in rule["names"]), rule
        for arg in rule.get("args", []):
            assert set(arg) == {"index", "value", "op"}, rule
            assert arg["op"] == "SCMP_CMP_EQ", rule


def test_no_name_has_two_rules_that_differ_in_kind():
    refused = {n for rule in PROFILE["syscalls"] if rule["action"] == ERRNO for n in rule["names"]}
    kinds = (allowed(), allowed(bounded=True), refused)
    assert sum(map(len, kinds)) == len(set().union(*kinds))


# Without setns or sethostname runc was seen to fail in a build; the others are what they make
# namespaces and mounts with, and what every program that changes its user or threads does.
@pytest.mark.parametrize(
    "name",
    seccomp.names(
        "clone clone3 unshare setns mount umount2 pivot_root sethostname chroot setuid setgid "
        "setgroups capset prctl seccomp execve openat2 memfd_create close_range"
    ),
)
def test_what_rootless_builds_need_is_there(name):
    assert name in allowed()


# Rows of what runtimes' default profiles keep from a container without capabilities.
@pytest.mark.parametrize(
    "name",
    seccomp.names(
        "add_key bpf delete_module fanotify_init finit_module init_module io_uring_setup iopl kcmp "
        "kexec_load keyctl open_by_handle_at perf_event_open pidfd_getfd quotactl reboot "
        "request_key "
        "settimeofday swapon syslog userfaultfd vhangup"
    ),
)
def test_what_no_build_needs_is_kept_out(name):
    assert name not in allowed() | allowed(bounded=True)


def test_what_is_left_out_on_purpose_is_not_there():
    left_out = seccomp.names(f"{seccomp.REFUSED} {seccomp.RISKY} {seccomp.NOT_NEEDED}")
    assert len(left_out) > 30
    assert not set(left_out) & (allowed() | allowed(bounded=True))


def test_the_kernels_keyrings_look_as_if_it_had_none():
    (rule,) = [rule for rule in PROFILE["syscalls"] if rule["action"] == ERRNO]
    assert set(rule["names"]) == {"add_key", "keyctl", "request_key"}
    assert rule["errnoRet"] == ENOSYS


def test_sockets_are_of_this_machine_the_network_or_netlink():
    unix, inet, inet6, netlink = 1, 2, 10, 16
    assert first_arguments("socket") == {unix, inet, inet6, netlink}


def daemonset():
    return yaml.safe_load((SECCOMP / "daemonset.yaml").read_text())["spec"]["template"]["spec"]


def test_the_daemonset_has_one_directory_of_the_node_and_no_right_besides():
    pod = daemonset()
    assert not {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"} & set(pod)
    assert pod["automountServiceAccountToken"] is False
    (of_node,) = [volume for volume in pod["volumes"] if "hostPath" in volume]
    assert of_node["hostPath"]["path"] == "/var/lib/kubelet/seccomp"
    (stay,) = pod["containers"]
    assert "volumeMounts" not in stay
    for container in [*pod["initContainers"], stay]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["readOnlyRootFilesystem"] is True
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}


def test_its_namespace_alone_lets_that_in():
    namespace = yaml.safe_load((SECCOMP / "namespace.yaml").read_text())
    assert namespace["metadata"]["name"] == "imagebuild-seccomp"
    level = namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    assert level == "privileged"
