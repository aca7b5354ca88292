"""A registry that asks for a password: its objects, and Secrets that know the password."""

import base64
import json

NAME = "private"
HOST = "private.demo.svc:5000"  # the demo's settings say that it speaks plain HTTP
USER, PASSWORD = "builder", "correct-horse-battery"
# bcrypt of the password (htpasswd -B), the only form that the registry reads.
_HTPASSWD = f"{USER}:$2b$05$imagebuildTestsSaltAbesLwGZBe.MUxMiIu5AmmcEoBHR9aW8QC\n"
_LABELS = {"app.kubernetes.io/name": NAME}
_ENV = {
    "OTEL_TRACES_EXPORTER": "none",
    "REGISTRY_AUTH": "htpasswd",
    "REGISTRY_AUTH_HTPASSWD_REALM": "private",
    "REGISTRY_AUTH_HTPASSWD_PATH": "/auth/htpasswd",
}


def objects():
    """The registry, in the namespace that its name says; what is pushed goes with its pod."""
    container = {
        "name": "registry",
        "image": "docker.io/library/registry:3",
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": name, "value": value} for name, value in _ENV.items()],
        "readinessProbe": {"tcpSocket": {"port": 5000}, "periodSeconds": 1},
        "volumeMounts": [
            {"name": "auth", "mountPath": "/auth"},
            {"name": "images", "mountPath": "/var/lib/registry"},
        ],
    }
    pod = {
        "automountServiceAccountToken": False,
        "containers": [container],
        "volumes": [
            {"name": "auth", "configMap": {"name": NAME}},
            {"name": "images", "emptyDir": {}},
        ],
    }
    named = {"name": NAME, "namespace": "demo"}
    return (
        _object("v1", "ConfigMap", named, data={"htpasswd": _HTPASSWD}),
        _object("v1", "Service", named, spec={"selector": _LABELS, "ports": [{"port": 5000}]}),
        _object(
            "apps/v1",
            "Deployment",
            named,
            spec={
                "selector": {"matchLabels": _LABELS},
                "template": {"metadata": {"labels": _LABELS}, "spec": pod},
            },
        ),
    )


def secret(name, password=PASSWORD, host=HOST):
    """A Secret for `registrySecrets`."""
    auth = base64.b64encode(f"{USER}:{password}".encode()).decode()
    config = json.dumps({"auths": {host: {"auth": auth}}})
    return _object(
        "v1",
        "Secret",
        {"name": name},
        type="kubernetes.io/dockerconfigjson",
        stringData={".dockerconfigjson": config},
    )


def _object(version, kind, metadata, **rest):
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}
