"""Specs that cannot be built: where each is wrong and the words that say so.

The unit suite reads them by the models, the api suite applies them to a real API server.
"""

import dataclasses
from dataclasses import dataclass

BASE = "alpine:3.18"
IMAGE = "registry.example.com/team/hello:1.0"


@dataclass(frozen=True)
class Bad:
    """One spec.

    ``path`` and ``words`` are the operator's; the API server reports at ``there`` (unset: at the
    same path), in the same words unless the schema itself refuses (``by_schema``). It takes a spec
    with ``taken``: what the schema cannot say is the operator's alone.
    """

    name: str
    spec: dict
    path: str
    words: str
    there: str | None = None
    by_schema: str = ""
    taken: bool = False


def stages(*found, **spec):
    return {"stages": list(found), **spec}


def stage(*steps, name="only", base=BASE, **fields):
    return {"name": name, "from": base, "steps": list(steps), **fields}


def copying(**fields):
    return stages(stage({"copy": ["a"], "to": "./", **fields}))


def from_config_map(path):
    items = [{"key": "k", "path": path}]
    return stages(stage(), context={"configMap": {"name": "c", "items": items}})


def with_file(path):
    return stages(stage(), context={"files": {path: ""}})


def from_git(**fields):
    git = {"url": "https://git.example.com/hello.git", **fields}
    return stages(stage(), context={"git": git})


def published(*images, **fields):
    return stages(stage(), publish=[{"images": list(images), **fields}])


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
        "builer is no earlier stage, and an image needs a tag; correct the name, or add the tag",
        there="spec.stages",
    ),
    Bad(
        "from a repository without tag",
        stages(stage(base="localhost:5000/alpine")),
        "spec.stages[0].from",
        "localhost:5000/alpine is no earlier stage, and an image needs a tag",
        there="spec.stages",
    ),
    Bad(
        "from what no image is named",
        stages(stage(base="Alpine:3.18")),
        "spec.stages[0].from",
        "this is neither the name of a stage nor of an image",
    ),
    Bad(
        "from an unknown argument",
        stages(stage(base="alpine:$VERSION")),
        "spec.stages[0].from",
        "there is no build argument VERSION; add it to spec.args",
        taken=True,
    ),
    Bad(
        "from an argument that makes a bare word",
        stages(stage(base="$BASE"), args=[{"name": "BASE", "value": "alpine"}]),
        "spec.stages[0].from",
        "this becomes alpine, which is no earlier stage, and an image needs a tag",
        taken=True,
    ),
    Bad(
        "from an argument that makes no image",
        stages(stage(base="$BASE"), args=[{"name": "BASE", "value": "-x y"}]),
        "spec.stages[0].from",
        "this becomes '-x y', which is no image",
        taken=True,
    ),
    Bad(
        "from half a variable",
        stages(stage(base="alpine:${V"), args=[{"name": "V", "value": "3.18"}]),
        "spec.stages[0].from",
        "${V without its }",
        taken=True,
    ),
    Bad(
        "called scratch",
        stages(stage(name="scratch")),
        "spec.stages[0].name",
        "scratch means the empty image; choose another name",
    ),
    Bad(
        "called what no stage is",
        stages(stage(name="Builder")),
        "spec.stages[0].name",
        "this is no name of a stage",
        by_schema="should match",
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
        "a list of an unknown argument",
        stages(stage(args=["TARGETOS", "VERSION"])),
        "spec.stages[0].args[1]",
        "there is no build argument VERSION",
        taken=True,
    ),
    Bad(
        "a label of no name",
        stages(stage(labels={"a b": "c"})),
        "spec.stages[0].labels",
        "'a b' is no label's name",
        taken=True,
    ),
    Bad(
        "a port of no protocol",
        stages(stage(expose=["53/dns"])),
        "spec.stages[0].expose[0]",
        "this is no port",
        by_schema="should match",
    ),
    Bad(
        "a port too high",
        stages(stage(expose=[65536])),
        "spec.stages[0].expose[0]",
        "less than or equal to 65535",
        by_schema="less than or equal to 65535",
    ),
]

ONE = "a step has exactly one of run, copy, args, env, workdir and user"
STEPS = [
    Bad("with none", stages(stage({})), "spec.stages[0].steps[0]", ONE),
    Bad(
        "with two",
        stages(stage({"run": "true"}, {"run": "true", "user": "node"})),
        "spec.stages[0].steps[1]",
        ONE,
    ),
    Bad(
        "with modifiers alone",
        stages(stage({"run": "true", "to": "./"})),
        "spec.stages[0].steps[0]",
        "from, to, chown and chmod belong to copy; leave them out, or add copy",
    ),
    Bad(
        "copy without to",
        stages(stage({"copy": ["a"]})),
        "spec.stages[0].steps[0].to",
        "copy does not say where to; add `to`",
    ),
    Bad(
        "copy of several to a file",
        copying(copy=["a", "b"], to="c"),
        "spec.stages[0].steps[0].to",
        "several sources need a directory; let `to` end in /",
    ),
    Bad(
        "copy to a name too long",
        copying(to=f"/a/{'b' * 256}"),
        "spec.stages[0].steps[0].to",
        "the name that begins with bbbbbbbbbbbbbbbb is longer than 255 bytes; make it shorter",
        taken=True,
    ),
    Bad(
        "copy from a later stage",
        stages(stage({"copy": ["a"], "from": "b", "to": "./"}, name="a"), stage(name="b")),
        "spec.stages[0].steps[0].from",
        "stage a copies from b, which does not stand before it",
        there="spec.stages",
    ),
    Bad(
        "copy from its own stage",
        stages(stage(name="a"), stage({"copy": ["a"], "from": "b", "to": "./"}, name="b")),
        "spec.stages[1].steps[0].from",
        "stage b copies from b, which does not stand before it",
        there="spec.stages",
    ),
    Bad(
        "copy from a bare word",
        stages(
            stage({"run": "true"}, name="builder"),
            stage({"run": "true"}, {"copy": ["a"], "from": "builer", "to": "./"}, name="b"),
        ),
        "spec.stages[1].steps[1].from",
        "builer is no earlier stage, and an image needs a tag",
        there="spec.stages",
    ),
    Bad(
        "copy from a variable",
        copying(**{"from": "alpine:$V"}),
        "spec.stages[0].steps[0].from",
        "this names neither a stage nor an image",
        by_schema="should match",
    ),
    Bad(
        "copy from what no image is named",
        copying(**{"from": "Alpine:3.18"}),
        "spec.stages[0].steps[0].from",
        "this is no name of an image",
        taken=True,
    ),
    Bad(
        "copy with a mode that YAML read as a number",
        copying(chmod=493),
        "spec.stages[0].steps[0].chmod",
        "should be a valid string",
        by_schema="expected string",
    ),
    Bad(
        "copy with no mode",
        copying(chmod="rwx"),
        "spec.stages[0].steps[0].chmod",
        'this is no mode; write it as "0755"',
        by_schema="should match",
    ),
    Bad(
        "copy with an owner that is an option",
        copying(chown="--x"),
        "spec.stages[0].steps[0].chown",
        "this is no owner",
        by_schema="should match",
    ),
    Bad(
        "env of a name with a blank",
        stages(stage({"env": [{"name": "A B", "value": "c"}]})),
        "spec.stages[0].steps[0].env[0].name",
        "this is no name of an environment variable",
        by_schema="should match",
    ),
    Bad(
        "env of half a variable",
        stages(stage({"env": [{"name": "A", "value": "${"}]})),
        "spec.stages[0].steps[0].env[0].value",
        "${ without a name after it; write \\$ for a dollar sign",
        taken=True,
    ),
    Bad(
        "env of variables nested without end",
        stages(stage({"env": [{"name": "A", "value": "${A:-" * 680 + "}" * 680}]})),
        "spec.stages[0].steps[0].env[0].value",
        "variables nested deeper than 8; correct the variable",
        taken=True,
    ),
    Bad(
        "args that are unknown",
        stages(stage({"args": ["VERSION"]})),
        "spec.stages[0].steps[0].args[0]",
        "there is no build argument VERSION",
        taken=True,
    ),
    Bad(
        "a user with a blank",
        stages(stage({"user": "a b"})),
        "spec.stages[0].steps[0].user",
        "this holds a blank or a control character",
        by_schema="should match",
    ),
    Bad(
        "too many",
        stages(stage(*({"run": "true"} for _ in range(65)))),
        "spec.stages[0].steps",
        "this is longer than 64",
        by_schema="must have at most 64 items",
    ),
]

CONTROL = "this holds a control character"
_IN_STEP = "spec.stages[0].steps[0]"
CONTROLS = [
    Bad(name, spec, path, CONTROL, by_schema="should match")
    for name, spec, path in (
        ("bell in run", stages(stage({"run": "echo \a"})), f"{_IN_STEP}.run"),
        ("carriage return in run", stages(stage({"run": "a\r\nb"})), f"{_IN_STEP}.run"),
        ("newline in to", copying(to="./\nRUN true/"), f"{_IN_STEP}.to"),
        ("newline in copy", copying(copy=["a\nRUN true"]), f"{_IN_STEP}.copy[0]"),
        ("newline in workdir", stages(stage(workdir="/a\nRUN b")), "spec.stages[0].workdir"),
        (
            "newline in env",
            stages(stage(env=[{"name": "A", "value": "b\nRUN c"}])),
            "spec.stages[0].env[0].value",
        ),
        ("newline in a label", stages(stage(labels={"a": "b\nRUN c"})), "spec.stages[0].labels.a"),
        ("bell in cmd", stages(stage(cmd=["a\a"])), "spec.stages[0].cmd[0]"),
        ("escape in inline", {"dockerfile": {"inline": "FROM a\x1b"}}, "spec.dockerfile.inline"),
        (
            "bell in a file",
            stages(stage(), context={"files": {"a": "\a"}}),
            "spec.context.files.a",
        ),
    )
]

_FILES, _ITEMS = "spec.context.files", "spec.context.configMap.items"
KEPT = "a name in this begins with .., which Kubernetes keeps for itself; choose another name"
TOO_LONG = " is longer than 255 bytes; make it shorter"
CONTEXTS = [
    Bad("of nothing", stages(stage(), context={}), "spec.context", "exactly one of git, files"),
    Bad(
        "of two kinds",
        stages(stage(), context={"files": {"a": "b"}, "configMap": {"name": "c"}}),
        "spec.context",
        "a source has exactly one of git, files and configMap",
    ),
    Bad(
        "a path that leads out",
        stages(
            stage(), context={"configMap": {"name": "c", "items": [{"key": "k", "path": "../x"}]}}
        ),
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
        stages(stage(), context={"files": {"../x": ""}}),
        "spec.context.files",
        "'../x' is no path of a file",
        taken=True,
    ),
    Bad(
        "a file that is a directory",
        stages(stage(), context={"files": {"a": "", "a/b": ""}}),
        "spec.context.files",
        "a cannot be a file and hold a/b",
        taken=True,
    ),
    Bad(
        "a dockerfile that is nowhere",
        {"dockerfile": {"path": "Dockerfile"}},
        "spec.dockerfile.path",
        "there is no context that could hold the Dockerfile",
    ),
    Bad(
        "a dockerfile of both kinds",
        {"dockerfile": {"path": "a", "inline": "b"}, "context": {"files": {"a": "b"}}},
        "spec.dockerfile",
        "a dockerfile has exactly one of inline and path",
    ),
    Bad(
        "git by scp",
        from_git(url="git@git.example.com:hello.git"),
        "spec.context.git.url",
        "this is no https:// or http:// address; write git@host:team/hello.git as https://host/team",
    ),
    Bad(
        "git that runs a command",
        from_git(url="ext::sh -c true"),
        "spec.context.git.url",
        "this is no https:// or http:// address",
    ),
    Bad(
        "git with a password",
        from_git(url="https://me:secret@git.example.com/hello.git"),
        "spec.context.git.url",
        "the address holds a user or password",
    ),
    Bad(
        "git by ssh",
        from_git(url="ssh://git@git.example.com/hello.git"),
        "spec.context.git.url",
        "this is no https:// or http:// address",
    ),
    Bad(
        "git of an option as host",
        from_git(url="https://-oProxyCommand=x/hello.git"),
        "spec.context.git.url",
        "this is no address of a repository",
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
        by_schema="should match",
    ),
    Bad(
        "git of a directory above",
        from_git(subPath="a/../../b"),
        "spec.context.git.subPath",
        "this leads out of the context",
    ),
]

PUBLISH = [
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
        {
            "dockerfile": {"inline": "FROM scratch"},
            "publish": [{"images": [IMAGE]}, {"images": [f"{IMAGE}.1"]}],
        },
        "spec.publish[1].stage",
        "a stage is published by several entries",
        there="spec.publish",
    ),
    Bad(
        "the same image twice",
        published(IMAGE, IMAGE),
        "spec.publish[0].images[1]",
        "is already at spec.publish[0].images[0]; keep one",
        taken=True,
    ),
    Bad(
        "no image",
        stages(stage(), publish=[{"images": []}]),
        "spec.publish[0].images",
        "this is empty",
        by_schema="should have at least 1 items",
    ),
    *(
        Bad(name, published(image), "spec.publish[0].images[0]", words)
        for name, image, words in (
            ("without host", "team/hello:1.0", "this is no full name of an image"),
            ("without tag", "registry.example.com/hello", "this is no full name of an image"),
            ("with capitals", "registry.example.com/Hello:1", "this is no full name of an image"),
            ("by digest", f"r.example.com/a@sha256:{'0' * 64}", "a digest cannot be asked for"),
            ("by a fact", "r.example.com/a:$(commit)", "`$(` is not known here; write the tag out"),
            ("by an argument", "r.example.com/a:$V", "this is no full name of an image"),
        )
    ),
]

OTHERS = [
    Bad(
        "BuildKit's own argument",
        stages(stage(), args=[{"name": "BUILDKIT_SYNTAX", "value": "x"}]),
        "spec.args[0].name",
        "arguments that begin with BUILDKIT_ are BuildKit's own; choose another name",
    ),
    Bad(
        "an argument by a fact",
        stages(stage(), args=[{"name": "V", "value": "$(commit)"}]),
        "spec.args[0].value",
        "`$(` is not known here; write the value out",
    ),
    Bad(
        "an argument twice",
        stages(stage(), args=[{"name": "V", "value": "1"}, {"name": "V", "value": "2"}]),
        "spec.args",
        "V is there 2 times; keep one",
        by_schema="duplicate entries",
    ),
    Bad(
        "no time",
        stages(stage(), timeoutSeconds=0),
        "spec.timeoutSeconds",
        "greater than or equal to 1",
        by_schema="greater than or equal to 1",
    ),
    Bad(
        "no platform",
        stages(stage(), platforms=["amd64"]),
        "spec.platforms[0]",
        "this is no platform; write it as linux/amd64 or linux/arm/v7",
        by_schema="should match",
    ),
    Bad(
        "no quantity",
        stages(stage(), resources={"limits": {"memory": "4 GB"}}),
        "spec.resources.limits.memory",
        "this is no quantity; write it as 500m, 2 or 4Gi",
        by_schema="should match",
    ),
    Bad(
        "a quantity beyond all numbers",
        stages(stage(), resources={"requests": {"memory": "1e9999999"}, "limits": {"memory": "1"}}),
        "spec.resources.requests.memory",
        "this is no quantity; write it as 500m, 2 or 4Gi",
        by_schema="should match",
    ),
    Bad(
        "a request above its limit",
        stages(stage(), resources={"requests": {"cpu": 2}, "limits": {"cpu": "1500m"}}),
        "spec.resources",
        "cpu requests 2, more than its limit 1500m",
        taken=True,
    ),
    Bad(
        "a secret of no name",
        stages(stage(), registrySecrets=[{"name": "a/b"}]),
        "spec.registrySecrets[0].name",
        "this is no name of an object",
        by_schema="should match",
    ),
]

BAD = [
    dataclasses.replace(bad, name=f"{group}: {bad.name}")
    for group, bads in (
        ("stages", STAGES),
        ("step", STEPS),
        ("control characters", CONTROLS),
        ("context", CONTEXTS),
        ("publish", PUBLISH),
        ("others", OTHERS),
    )
    for bad in bads
]
