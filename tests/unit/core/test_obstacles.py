"""What keeps a pod from running, in the words that the cluster has for it."""

import pytest
from tests.builders import World

from imagebuild.api import reasons
from imagebuild.api.reasons import Kind, Reason
from imagebuild.core.observe import hindrances, obstacles
from imagebuild.core.observe.hindrances import Source

FORBIDDEN = 'pods "hello-1-1-x" is forbidden: '


def warning(reason, message, at="2026-01-31T12:00:00Z"):
    return {
        "type": "Warning",
        "reason": reason,
        "message": message,
        "lastTimestamp": at,
        "metadata": {},
    }


def pod(*, conditions=(), waiting=None):
    statuses = [{"name": "build", "state": {"waiting": waiting}}] if waiting else []
    return {"status": {"conditions": list(conditions), "containerStatuses": statuses}}


def unscheduled(message, reason="Unschedulable"):
    condition = {"type": "PodScheduled", "status": "False", "reason": reason, "message": message}
    return pod(conditions=[condition])


# Said by Kubernetes 1.36.3, or its source at the place that the last column names.
# (who says it, under which word, what, what it is, words of the mend, of which place)
SAID = [
    (
        Source.JOB,
        "FailedCreate",
        f"Error creating: {FORBIDDEN}failed quota: q: must specify limits.cpu for: build",
        Reason.QUOTA_EXCEEDED,
        "wants every pod to say",
        "a ResourceQuota of limits.cpu",
    ),
    (
        Source.JOB,
        "FailedCreate",
        f"Error creating: {FORBIDDEN}exceeded quota: q, requested: pods=1, used: pods=3, limited: "
        "pods=3",
        Reason.QUOTA_EXCEEDED,
        "have the quota raised",
        "a ResourceQuota of pods",
    ),
    (
        Source.REFUSAL,
        "",
        'jobs.batch "hello-1-1" is forbidden: exceeded quota: jobs, requested: '
        "count/jobs.batch=1, used: count/jobs.batch=1, limited: count/jobs.batch=1",
        Reason.QUOTA_EXCEEDED,
        "have the quota raised",
        "a ResourceQuota of Jobs",
    ),
    (
        Source.REFUSAL,
        "",
        'Job.batch "hello-1-1" is invalid: spec.template.spec.containers[0].resources: Invalid',
        Reason.INVALID_SPEC,
        "field",
        "a limit below its request",
    ),
    (
        Source.JOB,
        "FailedCreate",
        f'Error creating: {FORBIDDEN}violates PodSecurity "baseline:latest": seccompProfile',
        Reason.NOT_ADMITTED,
        "Pod Security level",
        "pod-security.kubernetes.io/enforce: baseline",
    ),
    (
        Source.JOB,
        "FailedCreate",
        f"Error creating: {FORBIDDEN}maximum memory usage per Container is 1Gi, but limit is 2Gi",
        Reason.NOT_ADMITTED,
        "LimitRange",
        "plugin/pkg/admission/limitranger/admission.go",
    ),
    (
        Source.JOB,
        "FailedCreate",
        'Error creating: Pod "hello-1-1-x" is invalid: spec.containers[1].resources.requests: '
        'Invalid value: "6Gi": must be less than or equal to memory limit of 4Gi',
        Reason.NOT_ADMITTED,
        "set in spec.resources.limits as much",
        "a LimitRange whose default is less than what is requested",
    ),
    (
        Source.JOB,
        "FailedCreate",
        'Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: no',
        Reason.NOT_ADMITTED,
        "policy of the cluster",
        "staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/errors/statuserror.go",
    ),
    (
        Source.REFUSAL,
        "",
        'jobs.batch "hello-1-1" is forbidden: unable to create new content in namespace a because '
        "it is forbidden because it is being terminated",
        Reason.NOT_ADMITTED,
        "being deleted",
        "plugin/pkg/admission/namespace/lifecycle",
    ),
    (
        Source.JOB,
        "FailedCreate",
        f"Error creating: {FORBIDDEN}error looking up service account a/x: serviceaccount "
        '"x" not found',
        Reason.NOT_ADMITTED,
        "administrator",
        "plugin/pkg/admission/serviceaccount/admission.go",
    ),
    (
        Source.SCHEDULING,
        "SchedulingGated",
        "Scheduling is blocked due to non-empty scheduling gates",
        Reason.UNSCHEDULABLE,
        "Kueue",
        "a pod with spec.schedulingGates",
    ),
    (
        Source.SCHEDULING,
        "Unschedulable",
        '0/1 nodes are available: persistentvolumeclaim "data" not found. not found',
        Reason.VOLUME_NOT_MOUNTED,
        "Create what the message names",
        "no such claim",
    ),
    (
        Source.SCHEDULING,
        "FailedScheduling",
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
        Reason.VOLUME_NOT_MOUNTED,
        "Create what the message names",
        "a claim without a volume",
    ),
    (
        Source.SCHEDULING,
        "Unschedulable",
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
        Reason.UNSCHEDULABLE,
        "securityProfile",
        "affinity to nodes that there are none of",
    ),
    (
        Source.SCHEDULING,
        "Unschedulable",
        "0/2 nodes are available: 1 Insufficient memory, 1 node(s) didn't match Pod's node "
        "affinity/selector.",
        Reason.UNSCHEDULABLE,
        "Lower spec.resources",
        "both",
    ),
    (
        Source.SCHEDULING,
        "FailedScheduling",
        "0/1 nodes are available: 1 Insufficient cpu.",
        Reason.UNSCHEDULABLE,
        "Lower spec.resources",
        "a request of 1000 processors",
    ),
    (
        Source.SCHEDULING,
        "SchedulerError",
        'running "VolumeBinding" prebind plugin: timed out',
        Reason.UNSCHEDULABLE,
        "node",
        "core/v1/types.go: PodReasonSchedulerError",
    ),
    (
        Source.CONTAINER,
        "RunContainerError",
        "failed to create containerd task: failed to set MOUNT_ATTR_IDMAP on /var/lib/x: invalid "
        "argument (maybe the filesystem used doesn't support idmap mounts on this kernel?)",
        Reason.VOLUME_NOT_MOUNTED,
        "NFS",
        "runc 1.4.0, libcontainer/mount_linux.go",
    ),
    (
        Source.EVENT,
        "FailedCreatePodSandBox",
        "Failed to create pod sandbox: failed to generate sandbox config: can't set "
        "`spec.hostUsers: false`, runtime does not support user namespaces",
        Reason.POD_NOT_STARTED,
        "containerd 2.0",
        "pkg/kubelet/userns/userns_manager.go",
    ),
    (
        Source.EVENT,
        "FailedAttachVolume",
        'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) b-x',
        Reason.VOLUME_NOT_MOUNTED,
        "ReadWriteMany",
        "pkg/controller/volume/attachdetach/reconciler/reconciler.go",
    ),
    *(
        (Source.EVENT, about, message, Reason.VOLUME_NOT_MOUNTED, "same namespace", "events.go")
        for about, message in (
            (
                "FailedMount",
                'MountVolume.SetUp failed for volume "context-0" : configmap "site" not found',
            ),
            ("FailedAttachVolume", 'AttachVolume.Attach failed for volume "pvc-1" : timed out'),
            ("FailedMapVolume", 'MapVolume.SetUpDevice failed for volume "pvc-1" : busy'),
            ("FailedMountOnFilesystemMismatch", "mount failed: unknown filesystem"),
        )
    ),
    *(
        (Source.EVENT, "FailedMount", message, Reason.WAITING_FOR_SECRET, "same namespace", "pkg")
        for message in (
            'MountVolume.SetUp failed for volume "registry-secret-0" : secret "push" not found',
            'MountVolume.SetUp failed for volume "ssh-1" : references non-existent secret key: k',
            'MountVolume.SetUp failed for volume "ca" : configmap references non-existent config '
            "key: ca.crt",
            'MountVolume.SetUp failed for volume "ca" : [configmap "a" not found, secret "b" not '
            "found]",
        )
    ),
    (
        Source.CONTAINER,
        "ImageVolumeMountFailed",
        "failed to mount image volume",
        Reason.VOLUME_NOT_MOUNTED,
        "message names",
        "cri-api/pkg/errors/errors.go",
    ),
    (
        Source.CONTAINER,
        "SignatureValidationFailed",
        "image pull failed for builder:1 because the signature validation failed",
        Reason.BUILDER_IMAGE_NOT_PULLED,
        "signature",
        "cri-api/pkg/errors/errors.go",
    ),
    *(
        (
            Source.CONTAINER,
            about,
            'Back-off pulling image "builder:1"',
            Reason.BUILDER_IMAGE_NOT_PULLED,
            "`builderImage`",
            "pkg/kubelet/images/types.go",
        )
        for about in (
            "ErrImagePull",
            "ImagePullBackOff",
            "ErrImageNeverPull",
            "ImageInspectError",
            "InvalidImageName",
            "RegistryUnavailable",
        )
    ),
    *(
        (Source.EVENT, about, message, Reason.BUILDER_IMAGE_NOT_PULLED, "`builderImage`", "events")
        for about, message in (
            ("Failed", 'Failed to pull image "builder:1": rpc error: code = NotFound'),
            ("Failed", "Error: ErrImagePull"),
            ("Failed", "Error: ImagePullBackOff"),
            ("BackOff", 'Back-off pulling image "builder:1"'),
            ("ErrImageNeverPull", 'Container image "builder:1" is not present with pull policy'),
            ("InspectFailed", 'Failed to apply default image tag "A": couldn\'t parse image name'),
        )
    ),
    *(
        (
            Source.CONTAINER,
            about,
            "failed to start container",
            Reason.POD_NOT_STARTED,
            "kubelet's words",
            "pkg/kubelet/kuberuntime/kuberuntime_container.go, container/sync_result.go",
        )
        for about in (
            "CreateContainerConfigError",
            "PreCreateHookError",
            "CreateContainerError",
            "PreStartHookError",
            "PostStartHookError",
            "RunContainerError",
            "CrashLoopBackOff",
        )
    ),
    *(
        (Source.EVENT, about, message, Reason.POD_NOT_STARTED, "kubelet's words", "events.go")
        for about, message in (
            ("FailedCreatePodSandBox", "Failed to create pod sandbox: no IP addresses available"),
            ("FailedPodSandBoxStatus", "Unable to get pod sandbox status"),
            ("FailedCreatePodContainer", "unable to ensure pod container exists: no space"),
            ("Failed", "Error: failed to create containerd task: cannot set memory limit"),
            ("NetworkNotReady", "network is not ready: cni plugin not initialized"),
            ("FailedSync", "error determining status: rpc error"),
            ("FailedPrepareDynamicResources", "Failed to prepare dynamic resources"),
            ("FailedValidation", "Error validating pod"),
            ("FailedNodeDeclaredFeaturesCheck", "pod requirements not met"),
        )
    ),
    (
        Source.CONTAINER,
        "NeverHeardOfBefore",
        "what another kubelet says",
        Reason.POD_NOT_STARTED,
        "kubelet's words",
        "a later version",
    ),
]


def seen(source, about, message):
    match source:
        case Source.REFUSAL:
            return obstacles.of_refusal(message)
        case Source.JOB:
            return obstacles.of_job([warning(about, message)])
        case Source.CONTAINER:
            return obstacles.of_pod(pod(waiting={"reason": about, "message": message}), [])
        case Source.SCHEDULING if about != "FailedScheduling":
            return obstacles.of_pod(unscheduled(message, about), [])
    return obstacles.of_pod(pod(), [warning(about, message)])


@pytest.mark.parametrize("said", SAID, ids=str)
def test_what_is_in_the_way_is_told_with_its_mend(said):
    source, about, message, reason, mend, where = said
    found = seen(source, about, message)
    assert found.reason is reason
    assert found.message.endswith(message)
    assert mend in found.mend
    assert where


def test_every_row_has_its_words():
    hit = [hindrances.find(source, about, message) for source, about, message, *_ in SAID]
    unheard = [row for row in hindrances.TABLE if not any(row is other for other in hit)]
    assert unheard == []


def test_every_obstacle_of_the_cluster_waits_by_itself():
    told = {row.reason for row in hindrances.TABLE} - {Reason.INVALID_SPEC}
    assert {reasons.TABLE[reason].kind for reason in told} == {Kind.WAITING}


def test_a_pod_that_is_on_its_way_has_no_obstacle():
    scheduled_late = warning("FailedScheduling", "0/1 nodes are available")
    for about in ("ContainerCreating", "PodInitializing"):
        on_its_way = pod(
            conditions=[{"type": "PodScheduled", "status": "True"}], waiting={"reason": about}
        )
        assert obstacles.of_pod(on_its_way, [scheduled_late]) is None


def test_a_pods_own_status_goes_before_its_events():
    found = obstacles.of_pod(
        unscheduled("0/1 nodes are available: 1 Insufficient cpu."), [warning("FailedMount", "old")]
    )
    assert found.reason is Reason.UNSCHEDULABLE


def test_a_container_that_the_kubelet_cannot_make_is_named():
    stuck = pod(waiting={"reason": "CreateContainerConfigError", "message": "no such key"})
    found = obstacles.of_pod(stuck, [])
    assert found == obstacles.Obstacle(Reason.POD_NOT_STARTED, "container build: no such key")


def test_the_newest_event_holds():
    old = warning("FailedMount", "old", at="2026-01-31T12:00:00Z")
    new = warning("FailedMount", "new", at="2026-01-31T12:00:09Z")
    assert obstacles.of_pod(pod(), [new, old]).message == "new"


def test_an_event_that_says_nothing_hides_none_that_does():
    new = warning("DNSConfigForming", "too many search domains", at="2026-01-31T12:00:09Z")
    assert obstacles.of_pod(pod(), [new, warning("FailedMount", "old")]).message == "old"


def test_normal_events_are_no_obstacle():
    pulling = {**warning("Pulling", "Pulling image"), "type": "Normal"}
    assert obstacles.of_pod(pod(), [pulling]) is None


# What of the spec is not there: (what of it, words of the cluster, path).
CLAIM = {"persistentVolumeClaim": {"claimName": "data"}}
ARCHIVE = {"path": "a.tar", "persistentVolumeClaim": {"claimName": "images"}}
TWO_CLAIMS = {"context": CLAIM, "publish": [{"stage": "final", "archive": ARCHIVE}]}
SECRETS = {"registrySecrets": [{"name": "pull"}, {"name": "push"}]}
MAPS = {"contexts": [{"name": "lib", "configMap": {"name": "lib"}}]}
USES_LIB = {
    "name": "final",
    "from": "alpine:3.18",
    "steps": [{"copy": ["a"], "from": "lib", "to": "/"}],
}
OF_THE_SPEC = [
    (
        {"context": CLAIM},
        unscheduled('0/1 nodes are available: persistentvolumeclaim "data" not found.'),
        "spec.context.persistentVolumeClaim",
    ),
    (
        {"context": CLAIM},
        unscheduled("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."),
        "spec.context.persistentVolumeClaim",
    ),
    (
        TWO_CLAIMS,
        unscheduled('0/1 nodes are available: persistentvolumeclaim "images" not found.'),
        "spec.publish[0].archive.persistentVolumeClaim",
    ),
    (
        TWO_CLAIMS,
        unscheduled("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."),
        None,
    ),
    (
        SECRETS,
        'MountVolume.SetUp failed for volume "registry-secret-1" : secret "push" not found',
        "spec.registrySecrets[1]",
    ),
    (
        {**TWO_CLAIMS, **SECRETS},
        "Unable to attach or mount volumes: unmounted volumes=[claim-1], unattached volumes="
        "[registry-secret-0 claim-0 claim-1]: timed out waiting for the condition",
        "spec.publish[0].archive.persistentVolumeClaim",
    ),
    (
        {**MAPS, "stages": [USES_LIB]},
        'MountVolume.SetUp failed for volume "context-1" : configmap "lib" not found',
        "spec.contexts[0].configMap",
    ),
    ({}, 'MountVolume.SetUp failed for volume "order" : configmap "hello-1-1" not found', None),
    (SECRETS, unscheduled("0/1 nodes are available: 1 Insufficient cpu."), None),
]


@pytest.mark.parametrize(("spec", "said", "path"), OF_THE_SPEC)
def test_what_is_not_there_is_told_with_its_place_in_the_spec(spec, said, path):
    world = World(config_maps={"lib": {"a": "abc"}})
    world.edit(**spec)
    world.look()
    there = world.pod()
    if isinstance(said, str):
        there["status"] = {"phase": "Pending", **pod(waiting={"reason": "ContainerCreating"})}
        there["status"] |= there["status"].pop("status")
        world.events = {there["metadata"]["uid"]: [warning("FailedMount", said)]}
    else:
        there["status"] = {"phase": "Pending", **said["status"]}
    world.look()
    failure = world.status["failure"]
    assert failure.get("path") == path
    assert world.message().startswith(f"{path}: " if path else failure["message"][:20])
    world.edit(suspend=True, stages=[{"name": "final", "from": "alpine:3.19"}])
    world.look()
    assert "path" not in world.status.get("failure", {}), "the pod is not of this spec"


def test_what_is_not_there_is_told_with_its_place_when_the_time_is_up_too():
    world = World()
    world.edit(context=CLAIM)
    world.look()
    said = unscheduled('persistentvolumeclaim "data" not found')
    world.pod()["status"] = {"phase": "Pending", **said["status"]}
    world.look()
    failed = {"type": "Failed", "status": "True", "reason": "DeadlineExceeded", "message": ""}
    world.jobs["hello-1-1"]["status"] = {"conditions": [failed]}
    world.look()
    assert world.ready == ("False", "VolumeNotMounted", ["Stalled"])
    assert world.status["failure"]["path"] == "spec.context.persistentVolumeClaim"
