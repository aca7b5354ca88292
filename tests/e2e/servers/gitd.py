"""What runs in the pod of `gitserver`: server.py's repositories, for those who sign in.

Port 8443: git over HTTPS, with a password or a bearer token; a repository whose name ends in
`-public` asks for neither. /to/HOST/... redirects there those who may read. Port 2222: git over
ssh, as user `git`, /srv/NAME.git. Port 8080 is the tests' own: what server.py takes, and
POST /credentials {"username", "password", "token"}: these from now on, and no others;
POST /keys {"alone": true or false}: a new key pair that may sign in (alone: no other), answered
{"private", "public", "host"}, the last being the server's own public key; GET /seen: each request
to port 8443 as {"host", "path", "authorization"}, the last "" where there was none.
"""

import base64
import http.server
import json
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import typing

import server

SSH = server.ROOT / "ssh"
_SSHD_CONFIG = f"""\
Port 2222
HostKey {SSH}/host
AuthorizedKeysFile {SSH}/authorized_keys
AuthenticationMethods publickey
AcceptEnv GIT_PROTOCOL
PidFile none
StrictModes no
UsePAM no
LogLevel VERBOSE
"""
# A submodule is added by the address that clients will know, and read from where it lies.
_GIT_CONFIG = """\
[protocol "file"]
    allow = always
[url "{root}/"]
    insteadOf = https://{host}/
    insteadOf = ssh://git@{host}{root}/
"""
_accepted: set[str] = set()
_seen = []


def accept(credentials):
    """Take these credentials for valid, and no others."""
    both = f"{credentials['username']}:{credentials['password']}".encode()
    _accepted.clear()
    _accepted.update((f"Basic {base64.b64encode(both).decode()}", f"Bearer {credentials['token']}"))


def key(*, alone):
    """A new key that may sign in; `alone`: the others may no longer."""
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "key"
        _keygen(path)
        public = path.with_suffix(".pub").read_text()
        with (SSH / "authorized_keys").open("w" if alone else "a") as file:
            file.write(public)
        host = (SSH / "host.pub").read_text()
        return {"private": path.read_text(), "public": public, "host": host}


def _keygen(path):
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tests", "-f", str(path)]
    subprocess.run(argv, check=True)


class Guarded(server.Handler):
    """Repositories, read by those who sign in."""

    @typing.override
    def do_GET(self):
        """Which refs there are, here or elsewhere."""
        if not self._may():
            return
        if found := re.fullmatch(r"/to/([^/]+)(/.*)", self.path):
            self.send_response(302)
            self.send_header("Location", f"https://{found[1]}{found[2]}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            super().do_GET()

    @typing.override
    def do_POST(self):
        """What a client does not have yet."""
        if not self.path.endswith("/git-upload-pack"):
            self.send_error(404)
        elif self._may():
            super().do_POST()

    def _may(self):
        """Whether this request may be answered; what may not is refused at once."""
        authorization = self.headers.get("Authorization", "")
        seen = {"host": self.headers["Host"], "path": self.path, "authorization": authorization}
        _seen.append(seen)
        if authorization in _accepted or re.search(r"-public\.git/", self.path):
            return True
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False


class Own(server.Handler):
    """The tests' own port."""

    @typing.override
    def do_GET(self):
        """What was asked of the other port; else what server.py answers."""
        if self.path == "/seen":
            self._answer("json", json.dumps(_seen).encode())
        else:
            super().do_GET()

    @typing.override
    def do_POST(self):
        """Credentials and keys; else what server.py takes."""
        if self.path not in ("/credentials", "/keys"):
            super().do_POST()
            return
        body = json.loads(b"".join(self._body()))
        answer = key(**body) if self.path == "/keys" else accept(body)
        self._answer("json", json.dumps(answer).encode())


def main():
    """Serve the three ports."""
    SSH.mkdir()
    _keygen(SSH / "host")
    (SSH / "authorized_keys").touch()
    (SSH / "config").write_text(_SSHD_CONFIG)
    config = (_GIT_CONFIG.format(root=server.ROOT, host=host) for host in sys.argv[1:])
    (server.ROOT / ".gitconfig").write_text("".join(config))
    sshd = ["/usr/sbin/sshd", "-D", "-e", "-f", str(SSH / "config")]
    guarded = http.server.ThreadingHTTPServer(("", 8443), Guarded)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain("/tls/tls.crt", "/tls/tls.key")
    # The handshake is the thread's own business: nobody holds up the others.
    guarded.socket = context.wrap_socket(
        guarded.socket, server_side=True, do_handshake_on_connect=False
    )
    threading.Thread(target=guarded.serve_forever, daemon=True).start()
    with subprocess.Popen(sshd):
        http.server.ThreadingHTTPServer(("", 8080), Own).serve_forever()


if __name__ == "__main__":
    main()
