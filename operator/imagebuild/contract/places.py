"""Where things lie in the build pod: what the Job mounts there and what the worker opens.

- ``/imagebuild/run`` is shared by all three containers: the daemon's socket and last words, what
  the build took too much of, the tether, the pictures.
- ``/imagebuild/work`` belongs to the ``build`` container: contexts, BuildKit's trace. So does
  ``/imagebuild/credentials``, which lies in memory and never on a disk.
- ``/imagebuild/order``, ``contexts``, ``registry-secrets``, ``git-secrets``, ``secrets`` and
  ``ssh`` are read-only mounts of it, ``archives`` are those that it writes to.
- ``/imagebuild/ca``, which holds nothing secret, is mounted in ``build`` and ``buildkitd``.
- ``/imagebuild/buildkitd`` and the state directory belong to the ``buildkitd`` container.
"""

from imagebuild.contract import order

ORDER_DIR = "/imagebuild/order"
ORDER = f"{ORDER_DIR}/{order.FILE}"
# How skopeo reaches registries, as buildkitd.toml says it for the daemon.
REGISTRIES_CONF = f"{ORDER_DIR}/registries.conf"
# Which images BuildKit may pull; only where the order bounds that.
SOURCE_POLICY = f"{ORDER_DIR}/source-policy.json"

RUN_DIR = "/imagebuild/run"
SOCKET = f"{RUN_DIR}/buildkitd.sock"
# Where the daemon collects traces. It mounts this into every step, as long as it is there.
TRACES = f"{RUN_DIR}/traces.sock"
LAST_WORDS = f"{RUN_DIR}/last-words"
TETHER = f"{RUN_DIR}/tether"
EXCEEDED = f"{RUN_DIR}/exceeded"
PICTURES = f"{RUN_DIR}/pictures"

WORK_DIR = "/imagebuild/work"
CREDENTIALS_DIR = "/imagebuild/credentials"

# One directory each, named after the context or the Secret: CONTEXTS_DIR/<name>.
CONTEXTS_DIR = "/imagebuild/contexts"
REGISTRY_SECRETS_DIR = "/imagebuild/registry-secrets"
GIT_SECRETS_DIR = "/imagebuild/git-secrets"
SSH_DIR = "/imagebuild/ssh"
# One directory for each Secret, with the keys that spec.secrets names: SECRETS_DIR/<name>/<key>.
SECRETS_DIR = "/imagebuild/secrets"
# One file each, named after the entry in spec.caCertificates or the settings': CA_DIR/<name>.crt.
CA_DIR = "/imagebuild/ca"
# One directory each, named after the index in spec.publish: a volume that takes an OCI archive.
ARCHIVES_DIR = "/imagebuild/archives"

DAEMON_CONFIG_DIR = "/imagebuild/buildkitd"
DAEMON_CONFIG = f"{DAEMON_CONFIG_DIR}/buildkitd.toml"
DAEMON_STATE_DIR = "/home/user/.local/share/buildkit"
# The daemon's --root: a directory in its volume that hands no group down to what is made in it.
DAEMON_ROOT = f"{DAEMON_STATE_DIR}/root"

TERMINATION_MESSAGE = "/dev/termination-log"
