"""Wrong mounts."""

from tests.badspecs.case import IN_STEP, LONG, TOO_LONG, Bad, mounting, stage, stages
from tests.badspecs.stages import NO_STAGE

MOUNT = f"{IN_STEP}.mounts[0]"
ONE = "a mount has exactly one of cache, bind, tmpfs, secret and ssh; make several mounts of it"

MOUNTS = [
    Bad("none", mounting(), MOUNT, ONE),
    Bad("two", mounting(cache={"target": "/a"}, tmpfs={"target": "/b"}), MOUNT, ONE),
    Bad(
        "a cache of a directory of nothing",
        mounting(cache={"target": "/a", "source": "/b"}),
        f"{MOUNT}.cache.source",
        "source belongs to from; leave it out, or give from",
    ),
    Bad(
        "a cache of a mode that YAML read as a number",
        mounting(cache={"target": "/a", "mode": 493}),
        f"{MOUNT}.cache.mode",
        "should be a valid string",
        by_schema="expected string",
    ),
    Bad(
        "a target with a comma",
        mounting(tmpfs={"target": "/a,readonly"}),
        f"{MOUNT}.tmpfs.target",
        "this holds a blank, a quote, a backslash, a comma or what is no ASCII",
        by_schema="should match",
    ),
    *(
        Bad(
            f"{kind} from {name}",
            mounting(before=[stage(name="a")], **{kind: {"target": "/a", "from": name}}),
            f"spec.stages[1].steps[0].mounts[0].{kind}.from",
            words,
            taken=True,
        )
        for kind in ("bind", "cache")
        for name, words in (
            ("only", "stage only mounts from only, which does not stand before it"),
            ("b", f"b {NO_STAGE}; correct the name"),
            ("Alpine:3.18", "this is no name of an image; write it as alpine:3.18"),
        )
    ),
    Bad(
        "from a later stage",
        stages(
            stage({"run": "true", "mounts": [{"bind": {"target": ".", "from": "b"}}]}, name="a"),
            stage(name="b"),
        ),
        f"{MOUNT}.bind.from",
        "stage a mounts from b, which does not stand before it",
        taken=True,
    ),
    *(
        Bad(
            f"{kind} at {target}",
            mounting(**{kind: {"target": target}}),
            f"{MOUNT}.{kind}.target",
            "nothing can be mounted at /; name a directory in it",
            taken=True,
        )
        for kind, target in (("bind", "/"), ("cache", "/a/.."), ("tmpfs", "//"))
    ),
    *(
        Bad(
            f"half a variable in {kind}.{field}",
            mounting(**{kind: {"target": "/a", field: "${"}}),
            f"{MOUNT}.{kind}.{field}",
            "${ without a name after it",
            taken=True,
        )
        for kind, field in (
            ("cache", "target"),
            ("cache", "id"),
            ("bind", "target"),
            ("bind", "source"),
            ("tmpfs", "target"),
        )
    ),
    Bad(
        "half a variable in cache.source",
        mounting(cache={"target": "/a", "from": "alpine:3.18", "source": "${"}),
        f"{MOUNT}.cache.source",
        "${ without a name after it",
        taken=True,
    ),
    Bad(
        "a target of a long name",
        mounting(cache={"target": f"/{LONG}"}),
        f"{MOUNT}.cache.target",
        TOO_LONG,
        taken=True,
    ),
]
