"""What cannot be said in an ImageBuild, and what is worth knowing about what can."""

from dataclasses import dataclass


class CannotSayError(Exception):
    """Something of an instruction has no counterpart: what, and how to mend the Dockerfile."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}; {mend}")
        self.what = what
        self.mend = mend


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """A sentence about a line of the Dockerfile, counted from 1; 0 is the file as a whole."""

    line: int
    text: str


class CannotConvertError(Exception):
    """The Dockerfile cannot be converted; ``remarks`` say why, one for each cause."""

    def __init__(self, remarks: tuple[Remark, ...]) -> None:
        super().__init__("; ".join(remark.text for remark in remarks))
        self.remarks = remarks
