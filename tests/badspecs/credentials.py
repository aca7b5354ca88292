"""Wrong names of credentials, and credentials where none can be."""

from tests.badspecs.case import IN_STEP, Bad, from_git, mounting, stage, stages

SECRETS = {"secrets": [{"name": "netrc", "secretKeyRef": {"name": "goproxy", "key": "netrc"}}]}
SSH = {"ssh": [{"name": "default", "secretRef": {"name": "deploy-key"}}]}
MOUNT = f"{IN_STEP}.mounts[0]"
TAKEN = "is taken by the known_hosts of an entry of spec.ssh; choose another name"
PLAIN = "over http:// the password could be read by anyone on the way; write the https:// address"


def _secret(**fields):
    return {**mounting(secret={"name": "netrc", **fields}), **SECRETS}


def _known_as(name):
    ref = {"name": "goproxy", "key": "netrc"}
    return stages(stage(), secrets=[{"name": name, "secretKeyRef": ref}], **SSH)


def _key(key):
    return stages(stage(), secrets=[{"name": "a", "secretKeyRef": {"name": "a", "key": key}}])


def _authority(**entry):
    return stages(stage(), caCertificates=[{"name": "a", **entry}])


CREDENTIALS = [
    Bad(
        "a mount of a secret that is none",
        _secret(name="nerc"),
        f"{MOUNT}.secret.name",
        "spec.secrets has no nerc; did you mean netrc?",
        taken=True,
    ),
    Bad(
        "a mount of a secret where there are none",
        mounting(secret={"name": "netrc"}),
        f"{MOUNT}.secret.name",
        "spec.secrets has no netrc; add it to spec.secrets, or correct the name",
        taken=True,
    ),
    Bad(
        "a mount of a key that is none",
        {**mounting(ssh={"name": "defualt"}), **SSH},
        f"{MOUNT}.ssh.name",
        "spec.ssh has no defualt; did you mean default?",
        taken=True,
    ),
    Bad(
        "two keys in one step",
        stages(
            stage({"run": "true", "mounts": [{"ssh": {"name": name}} for name in ("a", "b")]}),
            ssh=[{"name": name, "secretRef": {"name": name}} for name in ("a", "b")],
        ),
        f"{IN_STEP}.mounts[1].ssh",
        "a step has one SSH_AUTH_SOCK and one /etc/ssh/ssh_known_hosts; make several steps of it",
        taken=True,
    ),
    *(
        Bad(
            f"the {field} of a secret that is no file",
            _secret(env="TOKEN", **{field: value}),
            f"{MOUNT}.secret.{field}",
            f"{field} belongs to target: with `env` alone there is no file",
            taken=True,
        )
        for field, value in (("uid", 0), ("gid", 0), ("mode", "0400"))
    ),
    Bad(
        "a secret at /",
        _secret(target="/"),
        f"{MOUNT}.secret.target",
        "nothing can be mounted at /",
        taken=True,
    ),
    Bad(
        "a variable that is none in a target",
        _secret(target="/${"),
        f"{MOUNT}.secret.target",
        "correct the variable",
        taken=True,
    ),
    Bad(
        "a target with a blank",
        _secret(target="/a b"),
        f"{MOUNT}.secret.target",
        "this holds a blank",
        by_schema="should match",
    ),
    Bad(
        "a name that is an option",
        _secret(name="netrc,required=false"),
        f"{MOUNT}.secret.name",
        "this is no name that a mount can give",
        by_schema="should match",
    ),
    Bad(
        "a name that known_hosts has",
        _known_as("default.known_hosts"),
        "spec.secrets[0].name",
        f"default.known_hosts {TAKEN}",
        there="spec.secrets",
    ),
    *(
        Bad(
            f"a name of {field} twice",
            stages(stage(), **{field: [entry, entry]}),
            f"spec.{field}",
            "a is there 2 times; keep one",
            by_schema="duplicate entries",
        )
        for field, entry in (
            ("secrets", {"name": "a", "secretKeyRef": {"name": "a", "key": "a"}}),
            ("ssh", {"name": "a", "secretRef": {"name": "a"}}),
            ("caCertificates", {"name": "a", "secretKeyRef": {"name": "a", "key": "a"}}),
        )
    ),
    *(
        Bad(
            f"the key {key}",
            _key(key),
            "spec.secrets[0].secretKeyRef.key",
            "this is no key of a ConfigMap or Secret",
            by_schema="should match",
        )
        for key in ("..data", ".", "..", "a/b")
    ),
    *(
        Bad(
            f"a certificate from {what}",
            _authority(**entry),
            "spec.caCertificates[0]",
            "a certificate has exactly one of configMapKeyRef and secretKeyRef",
        )
        for what, entry in (
            ("nowhere", {}),
            (
                "two places",
                {kind: {"name": "a", "key": "a"} for kind in ("configMapKeyRef", "secretKeyRef")},
            ),
        )
    ),
    Bad(
        "ssh without a key",
        from_git(url="ssh://git@git.example.com/hello.git"),
        "spec.context.git.secretRef",
        "over ssh nobody gets in without a key; name a Secret with ssh-privatekey and known_hosts",
    ),
    Bad(
        "a password over http",
        from_git(url="http://git.demo.svc/hello.git", secretRef={"name": "git-auth"}),
        "spec.context.git.secretRef",
        PLAIN,
    ),
]
