"""A registry with TLS by the tests' authority and a password, beside the cluster's plain one.

    def test_it(namespace, secured):
        namespace.apply(secured.authority.config_map(), secured.secret("push"))
        spec = one({"run": "true"}, publish=to(secured.image(namespace, "app")),
                   registrySecrets=[{"name": "push"}], **secured.authority.trusted())
        ...
        assert secured.stored.pull(status["image"]).read("/x") == b"x"
        assert secured.search({"it": secret}) == []       # every byte that the registry stores
        secured.accept(password="another")                # rotation; the old one is refused now
        assert secured.tags(namespace) == {}              # tag -> digest of what it published

`accept()` once more sets what `secret()` knows by default; a test that rotates does so at its end.
"""

import base64
import dataclasses
import hashlib
import json
import urllib.error
from collections.abc import Mapping
from email.message import Message

from tests import cluster
from tests.e2e import authority, outside
from tests.e2e.registry import Registry

USER, PASSWORD = "builder", "battery-staple-horse-7531"
_ENV = {
    "OTEL_TRACES_EXPORTER": "none",
    "REGISTRY_AUTH": "htpasswd",
    "REGISTRY_AUTH_HTPASSWD_REALM": "secured",
    "REGISTRY_AUTH_HTPASSWD_PATH": "/auth/htpasswd",
    "REGISTRY_HTTP_TLS_CERTIFICATE": "/tls/tls.crt",
    "REGISTRY_HTTP_TLS_KEY": "/tls/tls.key",
}
_VOLUMES = [
    {"name": "data", "mountPath": "/var/lib/registry", "subPath": "registry"},
    {"name": "data", "mountPath": "/auth", "subPath": "auth"},
]


@dataclasses.dataclass(frozen=True)
class Secured:
    """The registry; a test pushes below its own namespace's name."""

    authority: authority.Authority

    @property
    def name(self) -> str:
        """HOST:PORT, as pods call it."""
        return f"{self.authority.host(authority.REGISTRY)}:5000"

    @property
    def stored(self) -> "Stored":
        """What it holds, read from its storage: images as of any other registry, no password."""
        return Stored(address="", name=self.name, keeper=self.authority)

    def image(self, kubectl: cluster.Kubectl, name: str, tag: str = "1") -> str:
        """Return the name of an image of this namespace's."""
        return f"{self.name}/{kubectl.namespace}/{name}:{tag}"

    def secret(self, name: str, *, password: str = PASSWORD, user: str = USER) -> cluster.Object:
        """Return a Secret for `registrySecrets`."""
        auth = base64.b64encode(f"{user}:{password}".encode()).decode()
        config = json.dumps({"auths": {self.name: {"auth": auth}}})
        return authority.cluster_object(
            "v1",
            "Secret",
            name,
            type="kubernetes.io/dockerconfigjson",
            stringData={".dockerconfigjson": config},
        )

    def accept(self, password: str = PASSWORD, *, also: Mapping[str, str] | None = None) -> None:
        """Let USER in by this password from now on, others by theirs: `also` is user -> password.

        Whatever was valid before no longer is.
        """
        users = json.dumps({USER: password, **(also or {})})
        self.authority.ask(authority.REGISTRY, "passwords", users)

    def tags(self, kubectl: cluster.Kubectl) -> dict[str, str]:
        """Return `NAME:TAG` -> digest of what stands below this namespace's name."""
        prefix = f"{kubectl.namespace}/"
        found = self.stored.tags().items()
        return {
            name.removeprefix(prefix): digest for name, digest in found if name.startswith(prefix)
        }

    def search(self, needles: Mapping[str, bytes]) -> list[tuple[str, str]]:
        """Return (file of the storage, name of the needle) of all that are found in there.

        Every file is searched, packed and unpacked: blobs that no tag names, uploads that came to
        nothing, and the names of repositories and tags.
        """
        body = {name: base64.b64encode(needle).decode() for name, needle in needles.items()}
        hits = json.loads(self.authority.ask(authority.REGISTRY, "search", json.dumps(body)))
        return [(place, name) for place, name in hits]


@dataclasses.dataclass(frozen=True)
class Stored(Registry):
    """The registry's storage in place of its API."""

    keeper: authority.Authority = dataclasses.field(kw_only=True)

    def tags(self) -> dict[str, str]:
        """Return `REPOSITORY:TAG` -> digest of all there are."""
        found: dict[str, str] = json.loads(self.keeper.ask(authority.REGISTRY, "tags"))
        return found

    def holds(self, digest: str) -> bool:
        """Whether there is a blob or manifest of this digest, named by a tag or not."""
        return self._blob(digest) is not None

    def _get(self, place: str) -> tuple[bytes, str]:
        repository, _, reference = place.replace("/manifests/", "/blobs/").partition("/blobs/")
        digest = reference if ":" in reference else self.tags().get(f"{repository}:{reference}", "")
        content = self._blob(digest) if digest else None
        if content is None:
            raise urllib.error.HTTPError(place, 404, "not in the storage", Message(), None)
        return content, digest

    def _blob(self, digest: str) -> bytes | None:
        found = json.loads(self.keeper.ask(authority.REGISTRY, f"blobs/{digest}"))
        if found is None:
            return None
        content = base64.b64decode(found)
        assert digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
        return content


def start(of: authority.Authority) -> Secured:
    """Start it, and let `USER` in."""
    registry = {
        "name": "registry",
        "image": "docker.io/library/registry:3",
        "env": [{"name": name, "value": value} for name, value in _ENV.items()],
        "readinessProbe": authority.probe(5000),
        "volumeMounts": _VOLUMES,
    }
    keeper = {
        "name": "keeper",
        "image": of.image,
        "command": ["python", "/script/keeper.py", "8080"],
        "readinessProbe": authority.probe(8080),
        "volumeMounts": _VOLUMES,
    }
    ports = {5000: 5000, 8080: 8080}
    files = authority.texts(authority.SCRIPTS / "keeper.py", outside.SCRIPT)
    of.serve(authority.REGISTRY, registry, keeper, ports=ports, **files)
    made = Secured(of)
    made.accept()
    return made
