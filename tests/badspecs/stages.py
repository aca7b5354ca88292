"""Wrong stages: their names, what they start from, what their image says of itself."""

from tests.badspecs.case import IN_STAGE, LONG, TOO_LONG, Bad, stage, stages

NO_STAGE = "is no earlier stage or context, and an image needs a tag"


def only(**fields):
    return stages(stage(**fields))


def with_arg(value, **fields):
    return stages(stage(**fields), args=[{"name": "V", "value": value}])


STAGES = [
    Bad("nothing", {}, "spec.stages", "there is nothing to build"),
    Bad("no stage", {"stages": []}, "spec.stages", "there is nothing to build"),
    Bad(
        "both",
        stages(stage(), dockerfile={"inline": "FROM scratch"}),
        "spec.dockerfile",
        "stages and dockerfile are both given",
    ),
    Bad(
        "twice",
        stages(stage(name="a"), stage(name="b"), stage(name="a")),
        "spec.stages[2].name",
        "a is the name of several stages; give each its own",
        there="spec.stages",
    ),
    Bad(
        "from a later stage",
        stages(stage(name="a", base="b"), stage(name="b")),
        "spec.stages[0].from",
        "stage a starts from b, which does not stand before it; a stage can use only those",
        there="spec.stages",
    ),
    Bad(
        "from itself",
        stages(stage(name="a", base="a")),
        "spec.stages[0].from",
        "stage a starts from a, which does not stand before it",
        there="spec.stages",
    ),
    Bad(
        "from a bare word",
        stages(stage(name="builder"), stage(name="b", base="builer")),
        "spec.stages[1].from",
        f"builer {NO_STAGE}; correct the name, or add the tag",
        there="spec.stages",
    ),
    Bad(
        "from a bare word beside contexts",
        stages(stage(base="asets"), contexts=[{"name": "assets", "files": {"a": ""}}]),
        "spec.stages[0].from",
        f"asets {NO_STAGE}",
        there="spec.stages",
    ),
    Bad(
        "from a repository without tag",
        only(base="localhost:5000/alpine"),
        "spec.stages[0].from",
        f"localhost:5000/alpine {NO_STAGE}",
        there="spec.stages",
    ),
    Bad(
        "from what no image is named",
        only(base="Alpine:3.18"),
        "spec.stages[0].from",
        "this is neither the name of a stage nor of an image",
    ),
    Bad(
        "from an unknown argument",
        only(base="alpine:$VERSION"),
        "spec.stages[0].from",
        "there is no build argument VERSION; add it to spec.args",
        taken=True,
    ),
    Bad(
        "from an argument of the platform",
        only(base="alpine:$TARGETARCH"),
        "spec.stages[0].from",
        "there is no build argument TARGETARCH",
        taken=True,
    ),
    Bad(
        "from an argument that makes a bare word",
        with_arg("alpine", base="$V"),
        "spec.stages[0].from",
        f"this becomes alpine, which {NO_STAGE}",
        taken=True,
    ),
    Bad(
        "from an argument that makes no image",
        with_arg("-x y", base="$V"),
        "spec.stages[0].from",
        "this becomes '-x y', which is no image",
        taken=True,
    ),
    Bad(
        "from half a variable",
        with_arg("3.18", base="alpine:${V"),
        "spec.stages[0].from",
        "${V without its }",
        taken=True,
    ),
    Bad(
        "called scratch",
        only(name="scratch"),
        "spec.stages[0].name",
        "scratch means the empty image; choose another name",
    ),
    *(
        Bad(
            f"called {name}",
            only(name=name),
            "spec.stages[0].name",
            "this is no name of a stage; use lower-case letters and digits",
        )
        for name in ("Builder", "1st", "build-", "a..b", "a._b")
    ),
    Bad(
        "without from",
        {"stages": [{"name": "a"}]},
        "spec.stages[0].from",
        "this is missing; add it",
        by_schema="Required value",
    ),
    Bad(
        "too many",
        stages(*(stage(name=f"s{i}") for i in range(65))),
        "spec.stages",
        "this is longer than 64",
        by_schema="must have at most 64 items",
    ),
    Bad(
        "for no platform",
        only(platform="amd64"),
        "spec.stages[0].platform",
        "this is no platform; write it as $BUILDPLATFORM or linux/arm64",
    ),
    Bad(
        "for a platform with a blank",
        only(platform="linux /amd64"),
        "spec.stages[0].platform",
        "this is no platform",
        by_schema="should match",
    ),
    Bad(
        "for an unknown argument's platform",
        only(platform="linux/$ARCH"),
        "spec.stages[0].platform",
        "there is no build argument ARCH; add it to spec.args",
        taken=True,
    ),
    Bad(
        "for an argument that makes no platform",
        with_arg("x86", platform="$V"),
        "spec.stages[0].platform",
        "this becomes 'x86', which is no platform",
        taken=True,
    ),
    Bad(
        "for half a variable",
        only(platform="linux/${TARGETARCH"),
        "spec.stages[0].platform",
        "${TARGETARCH without its }",
        taken=True,
    ),
    Bad(
        "a list of an unknown argument",
        only(args=["TARGETOS", "VERSION"]),
        "spec.stages[0].args[1]",
        "there is no build argument VERSION",
        taken=True,
    ),
    Bad(
        "a label of no name",
        only(labels={"a b": "c"}),
        "spec.stages[0].labels",
        "'a b' is no label's name",
        taken=True,
    ),
    *(
        Bad(
            f"half a variable in {field}",
            only(**{field: value}),
            f"{IN_STAGE}.{field}{place}",
            "${ without a name after it; write \\$ for a dollar sign",
            taken=True,
        )
        for field, value, place in (
            ("labels", {"a": "${"}, ".a"),
            ("volumes", ["/a", "${"], "[1]"),
            ("workdir", "${", ""),
            ("user", "${", ""),
            ("env", [{"name": "A", "value": "${"}], "[0].value"),
        )
    ),
    *(
        Bad(f"a name too long in {field}", only(**{field: value}), path, TOO_LONG, taken=True)
        for field, value, path in (
            ("workdir", f"/{LONG}/a", "spec.stages[0].workdir"),
            ("volumes", [f"/{LONG}"], "spec.stages[0].volumes[0]"),
        )
    ),
    Bad(
        "a port of no protocol",
        only(expose=["53/dns"]),
        "spec.stages[0].expose[0]",
        "this is no port",
        by_schema="should match",
    ),
    Bad(
        "a port too high",
        only(expose=[65536]),
        "spec.stages[0].expose[0]",
        "less than or equal to 65535",
        by_schema="less than or equal to 65535",
    ),
    Bad(
        "a signal that there is not",
        only(stopSignal="KILL"),
        "spec.stages[0].stopSignal",
        "this is no signal; write it as SIGTERM or 15",
        by_schema="should match",
    ),
    Bad(
        "times of a check that is off",
        only(healthcheck={"exec": [], "intervalSeconds": 5}),
        "spec.stages[0].healthcheck",
        "an empty list switches the check off, so there are no times and retries",
    ),
]
