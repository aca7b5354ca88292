"""The rules for what a build is trusted with."""

from collections.abc import Iterator
from typing import Any

from imagebuild.api.rules.rule import REQUIRED, Finding, Rule, exactly_one

KNOWN_HOSTS = ".known_hosts"  # behind the name of a key: the secret with its servers' keys
CA_REFERENCES = ("configMapKeyRef", "secretKeyRef")

CA_CERTIFICATE = (
    exactly_one(CA_REFERENCES, of="a certificate", mend="make several entries of it"),
)
GIT = (
    Rule(
        cel="!self.url.startsWith('ssh://') || has(self.secretRef)",
        holds=lambda git: not git.url.startswith("ssh://") or git.secret_ref is not None,
        what="over ssh nobody gets in without a key",
        mend="name a Secret with ssh-privatekey and known_hosts, or write the https:// address",
        field=".secretRef",
        reason=REQUIRED,
    ),
    Rule(
        cel="!self.url.startsWith('http://') || !has(self.secretRef)",
        holds=lambda git: not git.url.startswith("http://") or git.secret_ref is None,
        what="over http:// the password could be read by anyone on the way",
        mend="write the https:// address; an authority of your own goes into spec.caCertificates",
        field=".secretRef",
    ),
)


def _taken(spec: Any) -> Iterator[Finding]:
    hosts = {f"{entry.name}{KNOWN_HOSTS}" for entry in spec.ssh}
    for index, secret in enumerate(spec.secrets):
        if secret.name in hosts:
            yield Finding(f".secrets[{index}].name", f"{secret.name} {_TAKEN}", _TAKEN_MEND)


_TAKEN = "is taken by the known_hosts of an entry of spec.ssh"
_TAKEN_MEND = "choose another name"
_IS_TAKEN = f"self.ssh.exists(k, s.name == k.name + '{KNOWN_HOSTS}')"

ACROSS = (
    Rule(
        cel=f"!has(self.secrets) || !has(self.ssh) || !self.secrets.exists(s, {_IS_TAKEN})",
        find=_taken,
        what=f"the name of a secret {_TAKEN}",
        mend=_TAKEN_MEND,
        told=f"self.secrets[self.secrets.transformList(i, s, {_IS_TAKEN}, i)[0]].name + "
        f"' {_TAKEN}; {_TAKEN_MEND}'",
        field=".secrets",
    ),
)
