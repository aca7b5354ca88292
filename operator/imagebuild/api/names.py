"""The names that an ImageBuild goes by in the API, and the labels and annotations around it."""

GROUP = "imagebuild.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "ImageBuild"
LIST_KIND = "ImageBuildList"
PLURAL = "imagebuilds"
SINGULAR = "imagebuild"
SHORT_NAME = "imgb"
CRD_NAME = f"{PLURAL}.{GROUP}"

# Labels of the Jobs, pods and ConfigMaps that belong to an ImageBuild.
LABEL_OWNER = f"{GROUP}/owner"  # uid of the ImageBuild: a name may be too long for a label
LABEL_BUILD = f"{GROUP}/build"
LABEL_ATTEMPT = f"{GROUP}/attempt"
LABEL_MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGED_BY = "imagebuild"

# A new value of either starts one more build; status.lastHandledReconcileAt echoes it.
ANNOTATION_REQUESTED_AT = f"{GROUP}/requestedAt"
ANNOTATION_FLUX_REQUESTED_AT = "reconcile.fluxcd.io/requestedAt"
ANNOTATIONS_REQUESTED_AT = (ANNOTATION_REQUESTED_AT, ANNOTATION_FLUX_REQUESTED_AT)

# On Jobs, pods and ConfigMaps: what the controller must know of them again after a restart.
ANNOTATION_NAME = f"{GROUP}/name"
ANNOTATION_GENERATION = f"{GROUP}/generation"
ANNOTATION_INPUTS = f"{GROUP}/inputs"
ANNOTATION_SPEC = f"{GROUP}/spec"
ANNOTATION_REASON = f"{GROUP}/reason"
ANNOTATION_PROFILE = f"{GROUP}/profile"  # that the pod was made with
# When the build of an attempt began, by which facts are told: another attempt's Job is younger.
ANNOTATION_STARTED_AT = f"{GROUP}/startedAt"

# On Events: the commit that was built, or the digest of what was published.
ANNOTATION_REVISION = f"{GROUP}/revision"

# On the pod: the container that `kubectl logs` shows unless told otherwise.
ANNOTATION_DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
