"""A problem: what is wrong with a spec, said so that it can be mended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong: where (``spec.stages[0].from``), what, and how to mend it."""

    path: str
    what: str
    mend: str

    def __str__(self) -> str:
        """One sentence."""
        return f"{self.path}: {self.what}; {self.mend}."
