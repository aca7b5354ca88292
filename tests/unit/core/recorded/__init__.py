"""What was said when something failed, as it was recorded: by what, and in which version.

Where nothing else is named, the text is of BuildKit 0.34.2 (buildctl with its buildkitd) as the
worker reports it, of distribution 3.1 as registry, rootlesskit 2.3.6, or of our own worker. Hosts
and digests are shortened. A text that nobody could bring about here names its place in a source or
the thread that it was told in.
"""

from tests.unit.core.recorded import (
    contexts,
    ends,
    files,
    nodes,
    policies,
    published,
    registries,
    steps,
)

ALL = (
    *steps.STEPS,
    *ends.ENDS,
    *contexts.CONTEXTS,
    *nodes.NODES,
    *nodes.DAEMONS,
    *published.LEAKS,
    *published.PUSHES,
    *policies.DENIALS,
    *registries.PUSHES,
    *registries.PULLS,
    *files.FETCHES,
    *files.DOCKERFILES,
)
