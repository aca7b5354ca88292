"""Specs that can be built and look as if they could not, or that no rule may be too dear for.

The unit suite reads them by the models, the api suite applies them to a real API server.
"""

from tests.badspecs.case import (
    CHECKSUM,
    IMAGE,
    adding,
    from_git,
    mounting,
    published,
    stage,
    stages,
    step,
    with_context,
    with_contexts,
)

ASSETS = {"name": "assets", "oci": {"image": "registry.example.com/team/assets:1.0"}}
RUN = {"run": "true"}
FROM_CONFIG = {"name": "V", "valueFrom": {"configMapKeyRef": {"name": "versions", "key": "go"}}}
INLINE = {"inline": "FROM scratch AS final"}


def with_args(*args, **fields):
    return stages(stage(**fields), args=list(args))


GOOD = {
    "a context is the base of a stage": stages(stage(base="assets"), contexts=[ASSETS]),
    "a context is named by an argument": stages(
        stage(base="$BASE"), contexts=[ASSETS], args=[{"name": "BASE", "value": "assets"}]
    ),
    "a context is copied from": stages(
        stage({"copy": ["a"], "from": "assets", "to": "./"}), contexts=[ASSETS]
    ),
    "contexts and stages are mounted": stages(
        stage(name="a"),
        stage(
            {**RUN, "mounts": [{"bind": {"from": "assets", "target": "."}}]},
            {**RUN, "mounts": [{"bind": {"from": "a", "target": "b", "readWrite": True}}]},
            {**RUN, "mounts": [{"cache": {"from": "a", "source": "/c", "target": "/d"}}]},
            {**RUN, "mounts": [{"bind": {"from": "alpine:3.18", "target": "/e"}}]},
            name="b",
        ),
        contexts=[ASSETS],
    ),
    "a context has the name of an image of another tag": with_contexts(
        {**ASSETS, "name": "alpine"}
    ),
    "a Dockerfile lies in a named context": {
        "dockerfile": {"path": "Dockerfile", "context": "deploy"},
        "contexts": [{"name": "deploy", "files": {"Dockerfile": "FROM scratch"}}],
    },
    "a Dockerfile's stages are not known": {
        "dockerfile": INLINE,
        "contexts": [ASSETS],
        "gates": ["test", "lint"],
        "publish": [{"stage": "final", "images": [IMAGE]}],
    },
    "a Dockerfile's lines end in CRLF": {
        "dockerfile": {"inline": "FROM scratch\r\nCOPY <<E /a\r\nb\r\nE\r\n"}
    },
    "a Dockerfile's stages are named with capitals": {
        "dockerfile": INLINE,
        "gates": ["Test"],
        "publish": [{"stage": "Final", "images": [IMAGE]}],
    },
    "a base has a fact": with_args({"name": "V", "value": "$(tag)"}, base="golang:$V"),
    "a base is a fact": with_args({"name": "V", "value": "$(branch)"}, base="$V"),
    "a base comes from a ConfigMap": with_args(FROM_CONFIG, base="$V"),
    "a base has a plain $( from an argument": with_args(
        {"name": "V", "value": "alpine"}, {"name": "W", "value": "$$(x"}, base="$V:3.18"
    ),
    "a platform is that of the node": stages(stage(platform="$BUILDPLATFORM")),
    "a platform is made of BuildKit's arguments": stages(
        stage(platform="linux/${TARGETARCH}$TARGETVARIANT")
    ),
    "a platform is an argument": with_args(
        {"name": "V", "value": "linux/arm/v7"}, platform="${V:-linux/amd64}"
    ),
    "a platform comes from a ConfigMap": with_args(FROM_CONFIG, platform="$V"),
    "BuildKit's arguments are listed": stages(
        stage({"args": ["TARGETVARIANT", "BUILDOS"]}, args=["TARGETSTAGE", "TARGETOSVERSION"])
    ),
    "a gate is the last stage, of which nothing is published": stages(stage(), gates=["only"]),
    "tags have facts": published(
        "r.example.com/a:$(branch)-$(time)-$(commit7)",
        "r.example.com/a:v$(tag)",
        "localhost:5000/a/b:$(namespace)_$(name).$(number)-$(date)-$(commit)",
    ),
    "labels have facts": published(
        IMAGE, labels={"a": "$(commit) $X $$(x) 5$"}, annotations={"b.c/d": "$$$(version)"}
    ),
    "an archive is all there is": stages(
        stage(),
        publish=[{"archive": {"persistentVolumeClaim": {"claimName": "a"}, "path": "b/c.tar"}}],
    ),
    "an archive of the same name lies in another volume": stages(
        stage(name="a"),
        stage(name="b"),
        publish=[
            {"stage": s, "archive": {"persistentVolumeClaim": {"claimName": s}, "path": "c.tar"}}
            for s in "ab"
        ],
    ),
    "Zstd has more levels": published(IMAGE, compression={"type": "Zstd", "level": 22}),
    "Gzip has its levels": published(IMAGE, compression={"type": "Gzip", "level": 9}),
    "paths lie in the directory, or hold it": from_git(
        subPath="services/a", paths=["services/a/src", "./services/", "pom.xml"]
    ),
    "a commit is on its ref": from_git(ref="main", commit="0" * 40),
    "branches have odd names": from_git(ref="feature/#42@{x}%"),
    "a repository is reached by ssh": from_git(
        url="ssh://git@git.example.com:2222/team/hello.git", secretRef={"name": "deploy-key"}
    ),
    "a repository wants a password": from_git(secretRef={"name": "git-auth"}),
    "secrets and keys are mounted": {
        **stages(
            stage(
                {**RUN, "mounts": [{"secret": {"name": "netrc", "target": "$HOME/.netrc"}}]},
                {**RUN, "mounts": [{"secret": {"name": "netrc", "env": "TOKEN"}}]},
                {**RUN, "mounts": [{"secret": {"name": "netrc", "mode": "0440", "gid": 1000}}]},
                {**RUN, "mounts": [{"ssh": {"name": "default", "uid": 1000, "mode": "0600"}}]},
            )
        ),
        "secrets": [
            {"name": "netrc", "secretKeyRef": {"name": "goproxy", "key": ".netrc"}},
            {"name": "unused.known_hosts", "secretKeyRef": {"name": "goproxy", "key": "_a"}},
        ],
        "ssh": [{"name": "default", "secretRef": {"name": "deploy-key"}}],
        "caCertificates": [
            {"name": "a", "configMapKeyRef": {"name": "company", "key": "ca.crt"}},
            {"name": "b", "secretKeyRef": {"name": "company", "key": "ca.crt"}},
        ],
        "leakGuard": "Always",
    },
    "a volume is a context": with_context(persistentVolumeClaim={"claimName": "a", "subPath": "b"}),
    "a file has a variable": step(file={"path": "${DIR:-/etc}/app.conf", "content": "${X"}),
    "an address has a variable": adding(
        url="https://example.com/tool-$V.tar.gz?a=b.git", checksum=CHECKSUM, unpack=True
    ),
    "a repository has a directory": adding(
        git={"url": "http://git.example.com:3000/a.git", "ref": "v$V", "subPath": "$DIR"}
    ),
    "an owner by name is copied without link": step(
        copy=["a"], to="b", chown="node:node", link=False
    ),
    "an owner by number is linked": step(copy=["a"], to="b/", chown="1000", link=True),
    "half a variable is nobody's business": stages(
        stage(
            {"run": "echo ${"},
            {"exec": ["/a", "${"]},
            {"copy": ["a"], "to": "b", "exclude": ["${"]},
            entrypoint=["${"],
            cmd=["${"],
            healthcheck={"exec": ["${"], "retries": 2},
        )
    ),
    "a check is off": stages(stage(healthcheck={"exec": []})),
    "a step has no network": stages(
        stage({**RUN, "network": "None"}, {**RUN, "network": "Default"})
    ),
    "no step has a network": stages(stage({**RUN, "network": "None"}), network="None"),
    "a mount is the working directory": mounting(bind={"target": "."}),
    "a mount's target is a variable": mounting(tmpfs={"target": "$DIR"}),
}

# Addresses of which every kind takes the one that fits it.
HOSTS = (
    "git.example.com",
    "git.example.com.",
    "git.example.com:3000",
    "localhost",
    "3scale.example.com",
    "a_b.svc.cluster.local",
    "xn--bcher-kva.example",
    "10.96.0.12",
    "192.0.2.1:8443",
    "169.253.1.1",
)


def full_size(**spec):
    """64 stages of 64 steps, every step a copy from the stage before, every name at its longest."""
    names = [f"{'s' * 60}{index:03}" for index in range(64)]
    bases = ["alpine:3.18", *names]
    made = [
        stage(*[{"copy": ["/a", "/b"], "from": bases[i], "to": "/c/"}] * 64, name=n, base=bases[i])
        for i, n in enumerate(names)
    ]
    return stages(*made, **spec)


def full_of_everything():
    """The same with all else at its most, as far as 1.5 MiB, the bound of an object, carry it."""
    spec = full_size(
        contexts=[
            {"name": f"{'c' * 60}{i:03}", "git": {"url": f"https://{'h.' * 100}com/{'a' * 300}"}}
            for i in range(32)
        ],
        args=[{"name": f"A{i}", "value": "$(commit7)" * 40} for i in range(64)],
        network="None",
        platforms=[f"linux/arm64/v{i}" for i in range(16)],
        secrets=[
            {"name": f"{'s' * 60}{i:03}", "secretKeyRef": {"name": "s" * 253, "key": "k" * 253}}
            for i in range(32)
        ],
        ssh=[{"name": f"{'k' * 60}{i:03}", "secretRef": {"name": "k" * 253}} for i in range(8)],
    )
    names = [made["name"] for made in spec["stages"]]
    spec["gates"] = names[:24]
    spec["publish"] = [
        {
            "stage": name,
            "images": [f"r.example.com/{'a' * 100}:{i}-{j}-$(commit7)" for j in range(16)],
            "labels": {f"l{j}": "$(time)" * 10 for j in range(32)},
            "annotations": {f"a{j}": "$(time)" * 10 for j in range(32)},
        }
        for i, name in enumerate(names[40:])
    ]
    for made in spec["stages"]:
        made["steps"][:16] = [
            {**RUN, "mounts": [{"bind": {"from": names[0], "target": "."}}]}
            if made["name"] != names[0]
            else RUN
        ] * 16
        made["steps"][16:20] = [
            {"add": {"url": f"https://example.com/{'u' * 400}", "checksum": CHECKSUM}, "to": "/d/"}
        ] * 4
    return spec
