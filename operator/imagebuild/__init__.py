"""imagebuild: a Kubernetes operator for multi-stage container image builds.

An ``ImageBuild`` says which stages there are; a rootless BuildKit pod builds them; the object's
status shows every stage and, at the end, the digest of what was published.

The rooms, from the inside out (imports point inwards only):

- ``api``: what users write and read: models of spec and status, names, reasons, the CRD
- ``contract``: what controller and worker tell each other: order, picture, report
- ``core``: the decisions, as pure functions over plain data; ``core.plan`` is the heart
- ``controller``: the Kubernetes side: watches, queue, reads, writes
- ``worker``: what runs inside the build pod, on the standard library alone
"""

__version__ = "0.1.0"
