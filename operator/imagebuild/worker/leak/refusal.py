"""What is said of an image that holds a secret: which and where, and never the secret itself."""

import re

from imagebuild.contract import plain
from imagebuild.contract.report import Cause, Failure, middle_cut
from imagebuild.worker.leak.guard import Found
from imagebuild.worker.leak.guarded import Source
from imagebuild.worker.leak.search import Search
from imagebuild.worker.solve.lines import Place

# Of the instruction that made a layer.
_INSTRUCTION_CHARACTERS = 120
# BuildKit's own words around what the Dockerfile says.
_AROUND = re.compile(r" # buildkit$")


def failure(
    found: Found, source: Source, *, place: Place, search: Search, base: str | None = None
) -> Failure:
    """Of Cause.LEAK; ``place`` is that of the instruction which brought the secret in.

    ``base``: the image that it came with, None where a step of the build made it.
    """
    made_by = ""
    if base is not None:
        made_by = f", from the base image {_unless_found(search, base)}"
    elif found.image is not None and found.step is not None:
        text = str(found.image.history[found.step].get("created_by", ""))
        made_by = f", made by {_instruction(text, search)}"
    of = f" of {found.image.platform}" if found.image and found.image.platform else ""
    words = f"SecretLeaked: the value of {source} is in {found.where}{of}, {found.hit.encoding}"
    return Failure(
        Cause.LEAK,
        f"{words}{made_by}",
        stage=place.stage,
        step=place.step,
        path=place.path,
        line=place.line,
        secret=source.secret,
    )


def _unless_found(search: Search, name: str) -> str:
    return "(its name holds it too)" if any(search.of(name.encode())) else plain.plain(name)


def _instruction(made_by: str, search: Search) -> str:
    """Its text, cut; of one that holds a secret its first word alone."""
    word = made_by.partition(" ")[0]
    if any(search.of(made_by.encode("utf-8", "surrogatepass"))):
        return f"`{word}`, whose text holds it"
    text = " ".join(plain.plain(_AROUND.sub("", made_by)).split())
    return f"`{middle_cut(text, _INSTRUCTION_CHARACTERS)}`"
