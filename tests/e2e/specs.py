"""Small specs: one stage on the small base image, or on nothing."""

ALPINE = "alpine:3.18"


def stage(*steps, name="only", base=ALPINE, **fields):
    return {"name": name, "from": base, "steps": list(steps), **fields}


def stages(*found, **fields):
    return {"stages": list(found), **fields}


def one(*steps, **fields):
    """A spec of one stage of these steps."""
    return stages(stage(*steps), **fields)


def to(*images):
    """`publish` for the last stage."""
    return [{"images": list(images)}]
