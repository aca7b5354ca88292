"""A git server that asks who is there: HTTPS by the tests' authority, and ssh.

    def test_it(namespace, gitserver):
        repository = gitserver.repository("app", {"name": "head", "files": {"x": "x\n"}})
        namespace.apply(gitserver.authority.config_map(), gitserver.password("git"))
        git = {"url": repository.url, "secretRef": {"name": "git"}}

`repository.url` is by https, `.ssh` by ssh, `.other` by https of another name of the same server,
`.redirect` one that leads from here to there. `password(NAME)`, `token(NAME)` and
`key().secret(NAME)` make Secrets that may read. `accept(...)` rotates password and token,
`key(alone=True)` keys. `seen()` tells which credentials came with which request, so that a test
can tell that none went where they should not.
"""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from tests import cluster
from tests.e2e import authority, outside

USER, PASSWORD, TOKEN = "reader", "staple-horse-battery-8642", "glpat-tests-9F3kQz7LmX2vT8"
_PORTS = {443: 8443, 22: 2222, 8080: 8080}


@dataclasses.dataclass(frozen=True)
class Repository:
    """Where a repository is, and its named commits: name -> id."""

    url: str
    ssh: str
    other: str
    redirect: str
    commits: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Key:
    """A key that may sign in by ssh; `known_hosts` knows the server by both of its names."""

    private: str
    public: str
    known_hosts: str

    def secret(self, name: str, *, key: str = "ssh-privatekey") -> cluster.Object:
        """Return a Secret of it; Flux calls the key `identity`."""
        data = {key: self.private, "known_hosts": self.known_hosts}
        kind = "kubernetes.io/ssh-auth" if key == "ssh-privatekey" else "Opaque"
        return authority.cluster_object("v1", "Secret", name, type=kind, stringData=data)


@dataclasses.dataclass(frozen=True)
class Request:
    """What came to the HTTPS port: the Host it named, the path, its Authorization or ""."""

    host: str
    path: str
    authorization: str


@dataclasses.dataclass(frozen=True)
class GitServer:
    """The server. A repository's name stands for one thing in all tests."""

    authority: authority.Authority

    @property
    def host(self) -> str:
        """Its first name."""
        return self.authority.host(authority.GIT)

    @property
    def other(self) -> str:
        """Its other name."""
        return self.authority.host(authority.OTHER)

    def repository(
        self, name: str, *commits: Mapping[str, Any], public: bool = False
    ) -> Repository:
        """Make a repository of these commits, which server.py describes.

        A submodule's URL is any of a repository's that was made before, but `redirect`.
        """
        name = f"{name}-public" if public else name
        answer = self._ask(f"repositories/{name}", commits)
        path = f"{name}.git"
        return Repository(
            url=f"https://{self.host}/{path}",
            ssh=f"ssh://git@{self.host}/srv/{path}",
            other=f"https://{self.other}/{path}",
            redirect=f"https://{self.host}/to/{self.other}/{path}",
            commits=answer,
        )

    def password(
        self, name: str, *, password: str = PASSWORD, username: str = USER
    ) -> cluster.Object:
        """Return a Secret of type kubernetes.io/basic-auth."""
        data = {"username": username, "password": password}
        kind = "kubernetes.io/basic-auth"
        return authority.cluster_object("v1", "Secret", name, type=kind, stringData=data)

    def token(self, name: str, *, token: str = TOKEN) -> cluster.Object:
        """Return a Secret with a bearer token, as Flux names it."""
        return authority.cluster_object("v1", "Secret", name, stringData={"bearerToken": token})

    def key(self, *, alone: bool = False) -> Key:
        """Return a new key that may sign in; `alone`: the keys before it no longer may."""
        made = self._ask("keys", {"alone": alone})
        known = f"{self.host},{self.other} {made['host']}"
        return Key(private=made["private"], public=made["public"], known_hosts=known)

    def accept(self, *, username: str = USER, password: str = PASSWORD, token: str = TOKEN) -> None:
        """Take these for valid from now on, and no others."""
        self._ask("credentials", {"username": username, "password": password, "token": token})

    def seen(self) -> list[Request]:
        """Return every request since the start, in order."""
        found = json.loads(self.authority.ask(authority.GIT, "seen"))
        return [Request(**request) for request in found]

    def _ask(self, place: str, body: object) -> Any:
        return json.loads(self.authority.ask(authority.GIT, place, json.dumps(body)))


def start(of: authority.Authority) -> GitServer:
    """Start it, and let in whom the Secrets of its methods name."""
    made = GitServer(of)
    container = {
        "name": "server",
        "image": of.image,
        "command": ["python", "/script/gitd.py", made.host, made.other],
        "readinessProbe": authority.probe(8080),
        "volumeMounts": [{"name": "data", "mountPath": "/srv"}],
    }
    files = authority.texts(authority.SCRIPTS / "gitd.py", outside.SCRIPT)
    of.kubectl.apply(of.service(authority.OTHER, _PORTS, of=authority.GIT))
    of.serve(authority.GIT, container, ports=_PORTS, **files)
    made.accept()
    return made
