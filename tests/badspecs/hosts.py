"""Wrong addresses, wherever one may stand."""

from tests.badspecs.case import (
    CHECKSUM,
    IN_STAGE,
    IN_STEP,
    Bad,
    adding,
    copying,
    from_git,
    mounting,
    published,
    stage,
    stages,
    with_context,
    with_contexts,
)

LINK = "this leads to the node's own link, where clouds keep their credentials; name another host"
USER = "the address holds a user or password, which all who read this object would see"
NO_HTTP = "this is no https:// or http:// address"
NO_GIT = (
    "this is no https://, http:// or ssh:// address; "
    "write git@host:team/hello.git as ssh://git@host/team/hello.git"
)
HOLDS = "the address holds a password, which all who read this object would see; leave it out, and"
SHA256 = "0" * 64


def _git(url):
    return from_git(url=url)


def _ssh(url):
    return from_git(url=url, secretRef={"name": "deploy-key"})


def _http(url):
    return with_context(http={"url": url, "sha256": SHA256})


def _added(url):
    return adding(url=url, checksum=CHECKSUM)


def _added_git(url):
    return adding(git={"url": url})


# Each place: how a spec with an address there is made, its path, and what the address should be.
PLACES = (
    (_git, "spec.context.git.url", "a repository"),
    (_http, "spec.context.http.url", "a file"),
    (_added, f"{IN_STEP}.add.url", "a file"),
    (_added_git, f"{IN_STEP}.add.git.url", "a repository"),
)
# What no address can be; the API server checks it only where there can be no 64 x 64 of them.
SHAPELESS = (
    "https://-oProxyCommand=x/hello.git",
    "https:///hello.git",
    "https://git.example.com",
    "https://git.example.com/a b/hello.git",
    "https://git.example.com:port/hello.git",
    "https://2852039166/hello.git",
    "https://0xa9fea9fe/hello.git",
    "https://0251.0376.0251.0376/hello.git",
    "https://0xa9.0xfe.0xa9.0xfe/hello.git",
    "https://169.16689662/hello.git",
    "https://[fe80::1]/hello.git",
    "https://[::ffff:169.254.169.254]/hello.git",
    "https://[::ffff:a9fe:a9fe]/hello.git",
)

# Each place of an image: how a spec with one there is made, and its path.
IMAGES = (
    (lambda image: stages(stage(base=image)), f"{IN_STAGE}.from"),
    (lambda image: copying(**{"from": image}), f"{IN_STEP}.from"),
    (
        lambda image: mounting(bind={"from": image, "target": "/a"}),
        f"{IN_STEP}.mounts[0].bind.from",
    ),
    (lambda image: with_context(oci={"image": image}), "spec.context.oci.image"),
    (
        lambda image: with_contexts({"name": "a", "oci": {"image": image}}),
        "spec.contexts[0].oci.image",
    ),
    (published, "spec.publish[0].images[0]"),
)

HOSTS = [
    *(
        Bad(f"{image} at {path}", make(image), path, LINK, taken=True)
        for make, path in IMAGES
        for image in (
            "169.254.169.254/hello:1",
            "169.254.169.254:80/hello:1",
            "2852039166:80/hello:1",
            "169.254.43518/hello:1",
        )
    ),
    Bad(
        "a link-local registry by an argument",
        stages(
            stage(base="$REGISTRY/hello:1"), args=[{"name": "REGISTRY", "value": "169.254.0.1:80"}]
        ),
        f"{IN_STAGE}.from",
        LINK,
        taken=True,
    ),
    *(
        Bad(f"{url} at {path}", make(url), path, NO_GIT if make is _git else NO_HTTP)
        for make, path, _ in PLACES
        for url in (
            "git@git.example.com:hello.git",
            "ssh://git@git.example.com/hello.git",
            "file:///etc/hello.git",
            "ext::sh -c true",
        )
        if not (path.endswith("add.url") and url.endswith(".git"))
        if not (make is _git and url.startswith("ssh:"))
    ),
    *(
        Bad(f"{url} at {path}", make(url + end), path, words)
        for make, path, _ in PLACES
        for end in ("hello.git" if "git" in path else "hello.tar",)
        for url, words in (
            ("https://me:secret@git.example.com/", HOLDS if make is _git else USER),
            ("http://me@git.example.com/", HOLDS if make is _git else USER),
            ("http://169.254.169.254/", LINK),
            ("https://169.254.169.254.:80/", LINK),
        )
    ),
    *(
        Bad(
            f"{url} at {path}",
            make(url if "git" in path else url.replace("hello.git", "hello.tar")),
            path,
            f"this is no address of {what}; write it as",
            taken=path.startswith(IN_STEP),
        )
        for make, path, what in PLACES
        for url in SHAPELESS
        if url.endswith(".git") or "add.git" not in path
    ),
    *(
        Bad(
            f"{url} at spec.context.git.url",
            _git(url),
            "spec.context.git.url",
            "this is no address of a repository; write it as",
        )
        for url in ("https://git.example.com/a.git?b", "https://git.example.com/a.git#b")
    ),
    *(
        Bad(f"{url} at spec.context.git.url", _ssh(url), "spec.context.git.url", words)
        for url, words in (
            ("ssh://git:secret@git.example.com/a.git", HOLDS),
            ("ssh://git@169.254.169.254/a.git", LINK),
            ("ssh://git.example.com/a.git", "this is no address of a repository; write it as"),
            ("ssh://-oProxyCommand=x@git.example.com/a.git", "this is no address of a repository"),
            ("ssh://git@-oProxyCommand=x/a.git", "this is no address of a repository"),
            ("ssh://git@git.example.com", "this is no address of a repository"),
        )
    ),
]
