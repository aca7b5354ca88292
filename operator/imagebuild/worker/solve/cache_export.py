"""Whether the cache was kept for the next build, which a build does not fail for."""

from imagebuild.worker.solve import trace

# Source: BuildKit's solver/llbsolver/solver.go.
_EXPORT = "exporting cache"


class CacheExport:
    """Takes in vertexes; what failed of a solve that went on nevertheless is worth a warning."""

    def __init__(self) -> None:
        self._errors: dict[str, str] = {}

    def take(self, vertex: trace.Vertex) -> None:
        """Takes in what BuildKit says of one vertex."""
        if vertex.name.startswith(_EXPORT) and vertex.failed:
            self._errors[vertex.digest] = f"{vertex.name}: {vertex.error}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said of each that failed."""
        return tuple(
            "The cache was not kept, so the next build has to do without: see that its repository "
            f"can be reached and written to. {error}"
            for error in self._errors.values()
        )
