"""Wrong results: what is published, and what must pass before."""

from tests.badspecs.case import BASE, IMAGE, Bad, published, stage, stages

TWO = (stage(name="test"), stage(name="final", base=BASE))
FACT = (
    "a name in $(...) is no fact; use one of commit, commit7, branch, tag, time, date, name, "
    "namespace, number, or $$( for a plain $("
)
PUSHED = [{"stage": "final", "images": [IMAGE]}]
ARCHIVE = {"persistentVolumeClaim": {"claimName": "images"}, "path": "hello.tar"}
INLINE = {"inline": "FROM scratch"}


def archived(path):
    return stages(stage(), publish=[{"archive": {**ARCHIVE, "path": path}}])


RESULTS = [
    Bad(
        "what is no stage",
        published(IMAGE, stage="onlly"),
        "spec.publish[0].stage",
        "publish names onlly, which is no stage; name one of `stages`",
        there="spec.publish",
    ),
    Bad(
        "a stage twice",
        stages(stage(), publish=[{"images": [IMAGE]}, {"stage": "only", "images": [f"{IMAGE}.1"]}]),
        "spec.publish[1].stage",
        "a stage is published by several entries; make one entry of them",
        there="spec.publish",
    ),
    Bad(
        "a Dockerfile's last stage twice",
        {"dockerfile": INLINE, "publish": [{"images": [IMAGE]}, {"images": [f"{IMAGE}.1"]}]},
        "spec.publish[1].stage",
        "a stage is published by several entries",
        there="spec.publish",
    ),
    Bad(
        "a Dockerfile's stage twice, once with a capital",
        {
            "dockerfile": INLINE,
            "publish": [
                {"stage": "final", "images": [IMAGE]},
                {"stage": "Final", "images": [f"{IMAGE}.1"]},
            ],
        },
        "spec.publish[1].stage",
        "a stage is published by several entries",
        there="spec.publish",
    ),
    Bad(
        "a stage with a capital",
        published(IMAGE, stage="Only"),
        "spec.publish[0].stage",
        "publish names Only, which is no stage; name one of `stages`",
        there="spec.publish",
    ),
    Bad(
        "what can be no stage",
        published(IMAGE, stage="on ly"),
        "spec.publish[0].stage",
        "this is no name of a stage; use letters and digits",
    ),
    Bad(
        "the same image twice",
        published(IMAGE, IMAGE),
        "spec.publish[0].images[1]",
        "is already at spec.publish[0].images[0]; keep one",
        taken=True,
    ),
    Bad(
        "to nowhere",
        stages(stage(), publish=[{"images": []}]),
        "spec.publish[0].images",
        "this does not say where to publish; give images, or an archive",
    ),
    *(
        Bad(name, published(image), "spec.publish[0].images[0]", words)
        for name, image, words in (
            ("without host", "team/hello:1.0", "this is no full name of an image"),
            ("without tag", "registry.example.com/hello", "this is no full name of an image"),
            ("with capitals", "registry.example.com/Hello:1", "this is no full name of an image"),
            ("by digest", f"r.example.com/a@sha256:{'0' * 64}", "a digest cannot be asked for"),
            ("by an argument", "r.example.com/a:$V", "this is no full name of an image"),
            ("by a fact before the tag", "r.example.com/$(name):1", "can stand in the tag alone"),
            ("by an unknown fact", "r.example.com/a:$(commit8)", FACT),
            ("by half a fact", "r.example.com/a:$(commit", FACT),
        )
    ),
    *(
        Bad(
            f"an unknown fact in {field}",
            published(IMAGE, **{field: {"a": "$(version)"}}),
            f"spec.publish[0].{field}.a",
            FACT,
            there=f"spec.publish[0].{field}[a]",
        )
        for field in ("labels", "annotations")
    ),
    *(
        Bad(
            f"{field} of no name",
            published(IMAGE, **{field: {"a=b": "c"}}),
            f"spec.publish[0].{field}",
            "'a=b' is no label's name",
            taken=True,
        )
        for field in ("labels", "annotations")
    ),
    Bad(
        "an annotation in capitals",
        published(IMAGE, annotations={"org.example.Team": "c"}),
        "spec.publish[0].annotations",
        "'org.example.Team' has capital letters, which BuildKit makes small ones",
        taken=True,
    ),
    Bad(
        "a level that Gzip has not",
        published(IMAGE, compression={"type": "Gzip", "level": 10}),
        "spec.publish[0].compression.level",
        "Gzip has levels 0 to 9; choose one of them, or type Zstd",
    ),
    Bad(
        "a level that nothing has",
        published(IMAGE, compression={"type": "Zstd", "level": 23}),
        "spec.publish[0].compression.level",
        "less than or equal to 22",
        by_schema="less than or equal to 22",
    ),
    Bad(
        "an archive that leads out",
        archived("../hello.tar"),
        "spec.publish[0].archive.path",
        "this leads out of the context",
    ),
    Bad(
        "an archive that is a directory",
        archived("images/"),
        "spec.publish[0].archive.path",
        "'images/' is no path of a file",
        taken=True,
    ),
    Bad(
        "two archives in one file",
        stages(
            *TWO,
            publish=[
                {"stage": "test", "archive": ARCHIVE},
                {"stage": "final", "archive": {**ARCHIVE, "path": "./hello.tar"}},
            ],
        ),
        "spec.publish[1].archive",
        "this file is already written by spec.publish[0].archive; name another",
        taken=True,
    ),
    Bad(
        "a gate that is no stage",
        stages(*TWO, gates=["test", "lint"], publish=PUSHED),
        "spec.gates[1]",
        "gates names lint, which is no stage; name one of `stages`",
        there="spec.gates",
    ),
    Bad(
        "a gate twice",
        stages(*TWO, gates=["test", "test"], publish=PUSHED),
        "spec.gates[1]",
        "gates names a stage twice; keep one",
        there="spec.gates",
    ),
    Bad(
        "a Dockerfile's gate twice",
        {"dockerfile": INLINE, "gates": ["test", "test"]},
        "spec.gates[1]",
        "gates names a stage twice",
        there="spec.gates",
    ),
    *(
        Bad(
            f"a gate that is published {how}",
            {**spec, "gates": ["final"]},
            "spec.gates[0]",
            "final is published, which needs no gate; leave it out of `gates`",
            there="spec.gates",
        )
        for how, spec in (
            ("by name", stages(*TWO, publish=PUSHED)),
            ("as the last", stages(*TWO, publish=[{"images": [IMAGE]}])),
            ("of a Dockerfile", {"dockerfile": INLINE, "publish": PUSHED}),
        )
    ),
]
