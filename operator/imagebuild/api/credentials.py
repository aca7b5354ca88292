"""Names of Secrets, and of what else a build is trusted with or trusts.

The values never pass through the operator: the kubelet mounts them into the container that needs
them.
"""

from typing import ClassVar

from pydantic import Field

from imagebuild.api import kinds, model
from imagebuild.api.arg import ConfigMapKey
from imagebuild.api.rules import credentialrules, rule


class SecretRef(model.Model):
    """A Secret in the same namespace."""

    name: kinds.ObjectName = Field(examples=["git-auth"], description="Name of the Secret.")


class SecretKey(model.Model):
    """One key of a Secret in the same namespace."""

    name: kinds.ObjectName = Field(examples=["goproxy"], description="Name of the Secret.")
    key: kinds.ConfigMapKey = Field(examples=["netrc"], description="Key in it.")


class RegistrySecret(model.Model):
    """A Secret of type kubernetes.io/dockerconfigjson in the same namespace."""

    name: kinds.ObjectName = Field(examples=["push-cred"], description="Its name.")


class Secret(model.Model):
    """A value that steps may mount, by a name of this spec."""

    name: kinds.CredentialName = Field(
        examples=["netrc"],
        description="What mounts call it: letters, digits, `_`, `.` and `-`. `NAME.known_hosts` "
        "of an entry of `ssh` is taken.",
    )
    secret_key_ref: SecretKey = Field(
        examples=[{"name": "goproxy", "key": "netrc"}],
        description="Where its value is. A changed value starts no build by itself.",
    )


class Ssh(model.Model):
    """A private key that steps may sign in with, by a name of this spec."""

    name: kinds.CredentialName = Field(
        examples=["default"],
        description="What mounts call it; `default` is what they mean who name none.",
    )
    secret_ref: SecretRef = Field(
        examples=[{"name": "deploy-key"}],
        description="A Secret with the key, without passphrase, in `ssh-privatekey` (or Flux's "
        "`identity`), and the servers' public keys in `known_hosts`, which is required: steps find "
        "it in /etc/ssh/ssh_known_hosts (in a Dockerfile of your own mount the secret "
        "`NAME.known_hosts` there).",
    )


class CaCertificate(model.Model):
    """Certificates of an authority that is trusted, in PEM: exactly one of the two references."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = credentialrules.CA_CERTIFICATE

    name: kinds.CredentialName = Field(examples=["company"], description="Any name.")
    config_map_key_ref: ConfigMapKey | None = Field(
        default=None,
        examples=[{"name": "company-ca", "key": "ca.crt"}],
        description="A key of a ConfigMap in the same namespace.",
    )
    secret_key_ref: SecretKey | None = Field(
        default=None,
        examples=[{"name": "registry-tls", "key": "ca.crt"}],
        description="A key of a Secret in the same namespace. Name the certificate's key, never "
        "that of a private key: it is mounted where BuildKit runs.",
    )
