"""Wrong contexts, and Dockerfiles in them."""

from tests.badspecs.case import (
    TOO_LONG,
    Bad,
    copying,
    from_config_map,
    from_git,
    mounting,
    stage,
    stages,
    with_context,
    with_contexts,
    with_file,
)

ONE = (
    "a source has exactly one of git, files, configMap, http, oci, persistentVolumeClaim, "
    "imageBuild and flux"
)
_FILES, _ITEMS = "spec.context.files", "spec.context.configMap.items"
KEPT = "a name in this begins with .., which Kubernetes keeps for itself; choose another name"
HIDDEN = "BuildKit takes {} for the context alpine; rename the context, or give another tag"
ALPINE = {"name": "alpine", "files": {"a": ""}}


def called(name):
    return with_contexts({"name": name, "files": {"a": ""}})


CONTEXTS = [
    Bad("of nothing", with_context(), "spec.context", ONE),
    Bad(
        "of two kinds",
        with_context(files={"a": "b"}, configMap={"name": "c"}),
        "spec.context",
        ONE,
    ),
    Bad(
        "a named one of nothing but what it is not to hold",
        with_contexts({"name": "a", "ignore": ["b"]}),
        "spec.contexts[0]",
        ONE,
    ),
    *(
        Bad(
            f"what is not to be in it by the pattern {pattern}",
            with_context(files={"a": ""}, ignore=["b", pattern]),
            "spec.context.ignore[1]",
            f"'{pattern}' is no pattern that a .dockerignore file can have; close each `[`",
            taken=True,
        )
        for pattern in ("[", "a[-", "!")
    ),
    Bad(
        "a name twice",
        with_contexts({"name": "a", "files": {"a": ""}}, {"name": "a", "files": {"b": ""}}),
        "spec.contexts",
        "a is there 2 times; keep one",
        by_schema="duplicate entries",
    ),
    Bad(
        "the name of a stage",
        called("only"),
        "spec.contexts[0].name",
        "only is the name of a stage too; rename one of them",
        there="spec.contexts",
    ),
    *(
        Bad(f"the name {name}", called(name), "spec.contexts[0].name", words)
        for name, words in (
            ("scratch", "scratch means the empty image; choose another name"),
            ("context", "context, and names that begin with imagebuild., are taken"),
            ("imagebuild.files", "context, and names that begin with imagebuild., are taken"),
        )
    ),
    Bad(
        "no name",
        called("a..b"),
        "spec.contexts[0].name",
        "this is no name of a stage",
    ),
    *(
        Bad(f"a name that hides an image of {what}", spec, path, HIDDEN.format(image), taken=True)
        for what, image, spec, path in (
            (
                "from",
                "alpine:latest",
                stages(stage(base="alpine:latest"), contexts=[ALPINE]),
                "spec.stages[0].from",
            ),
            (
                "an argument",
                "alpine:latest",
                stages(
                    stage(base="alpine:$V"),
                    contexts=[ALPINE],
                    args=[{"name": "V", "value": "latest"}],
                ),
                "spec.stages[0].from",
            ),
            (
                "copy",
                "docker.io/library/alpine:latest",
                {**copying(**{"from": "docker.io/library/alpine:latest"}), "contexts": [ALPINE]},
                "spec.stages[0].steps[0].from",
            ),
            (
                "a mount",
                "alpine:latest",
                {
                    **mounting(bind={"from": "alpine:latest", "target": "."}),
                    "contexts": [ALPINE],
                },
                "spec.stages[0].steps[0].mounts[0].bind.from",
            ),
        )
    ),
    Bad(
        "a path that leads out",
        from_config_map("../x"),
        "spec.context.configMap.items[0].path",
        "this leads out of the context",
    ),
    *(
        Bad(f"an item {name}", from_config_map(path), f"{_ITEMS}[0].path", KEPT)
        for name, path in (("of ..", "..a"), ("of .. below", "a/..b"), ("of dots", "..."))
    ),
    Bad("a file of ..", with_file("a/..b"), _FILES, "a name in 'a/..b' begins", taken=True),
    *(
        Bad(f"{kind} of a name {name}", make(path), place, TOO_LONG, taken=True)
        for name, path in (("too long", f"a/{'b' * 256}/c"), ("of too many bytes", "é" * 128))
        for kind, make, place in (
            ("an item", from_config_map, _ITEMS),
            ("a file", with_file, _FILES),
        )
    ),
    Bad(
        "a file that leads out",
        with_file("../x"),
        _FILES,
        "'../x' is no path of a file",
        taken=True,
    ),
    Bad(
        "a file that is a directory",
        with_context(files={"a": "", "a/b": ""}),
        _FILES,
        "a cannot be a file and hold a/b",
        taken=True,
    ),
    Bad(
        "a file of a named one that leads out",
        with_contexts({"name": "a", "files": {"b": ""}}, {"name": "b", "files": {"/x": ""}}),
        "spec.contexts[1].files",
        "'/x' is no path of a file",
        taken=True,
    ),
    Bad(
        "a dockerfile that is nowhere",
        {"dockerfile": {"path": "Dockerfile"}},
        "spec.dockerfile.path",
        "there is no context that could hold the Dockerfile",
    ),
    Bad(
        "a dockerfile in a context that there is not",
        {
            "dockerfile": {"path": "Dockerfile", "context": "deplo"},
            "contexts": [{"name": "deploy", "files": {"Dockerfile": "FROM scratch"}}],
        },
        "spec.dockerfile.context",
        "deplo is no context; name one of `contexts`, or leave it out",
    ),
    Bad(
        "a dockerfile in a context where there is none",
        {"dockerfile": {"path": "Dockerfile", "context": "deploy"}},
        "spec.dockerfile.context",
        "deploy is no context",
    ),
    Bad(
        "a dockerfile of both kinds",
        {"dockerfile": {"path": "a", "inline": "b"}, "context": {"files": {"a": "b"}}},
        "spec.dockerfile",
        "a dockerfile has exactly one of inline and path",
    ),
    Bad(
        "an inline dockerfile in a context",
        {
            "dockerfile": {"inline": "FROM scratch", "context": "a"},
            "contexts": [{"name": "a", "files": {"a": ""}}],
        },
        "spec.dockerfile.context",
        "context belongs to path; leave it out, or give path",
    ),
    Bad(
        "git of an option as ref",
        from_git(ref="--upload-pack=x"),
        "spec.context.git.ref",
        "no branch or tag can have this name",
    ),
    Bad(
        "git of a ref with dots",
        from_git(ref="a..b"),
        "spec.context.git.ref",
        "no branch or tag can have this name",
    ),
    Bad(
        "git of half a commit",
        from_git(commit="4f1c"),
        "spec.context.git.commit",
        "this is no full id of a commit; write all 40",
    ),
    Bad(
        "git of a directory above",
        from_git(subPath="a/../../b"),
        "spec.context.git.subPath",
        "this leads out of the context",
    ),
    Bad(
        "git of paths above",
        from_git(paths=["a", "../b"]),
        "spec.context.git.paths[1]",
        "this leads out of the context",
    ),
    Bad(
        "git of paths elsewhere",
        from_git(subPath="services/a", paths=["services/ab", "./services/b/"]),
        "spec.context.git.paths",
        "none of these is in subPath services/a, so the context would be empty",
        taken=True,
    ),
    Bad(
        "a download of no sum",
        with_context(http={"url": "https://example.com/a.tgz", "sha256": "sha256:0"}),
        "spec.context.http.sha256",
        "this is no SHA-256 sum; write its 64 hexadecimal digits",
        by_schema="should match",
    ),
    *(
        Bad(
            f"an image {name}",
            with_context(oci={"image": image}),
            "spec.context.oci.image",
            "this is no image with a tag or digest; write it as",
        )
        for name, image in (
            ("without tag", "registry.example.com/assets"),
            ("with capitals", "registry.example.com/Assets:1.0"),
        )
    ),
    Bad(
        "a volume's directory above",
        with_context(persistentVolumeClaim={"claimName": "a", "subPath": "../b"}),
        "spec.context.persistentVolumeClaim.subPath",
        "this leads out of the context",
    ),
    Bad(
        "a source that Flux does not have",
        with_context(flux={"kind": "HelmChart", "name": "a"}),
        "spec.context.flux.kind",
        "input should be 'GitRepository', 'OCIRepository' or 'Bucket'",
        by_schema="Unsupported value",
    ),
]
