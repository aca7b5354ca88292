"""The settings of the operator that is installed, as its Deployment has them."""

import os
import tempfile
from pathlib import Path

from imagebuild.cli.preflight.apiserver import JSON, ApiServer
from imagebuild.controller import settings

_NAMESPACE = "imagebuild-system"
_DEPLOYMENT = f"/apis/apps/v1/namespaces/{_NAMESPACE}/deployments/imagebuild-operator"
_PREFIX = "IMAGEBUILD_"


def load(api: ApiServer) -> settings.OperatorSettings:
    """Those of this machine where it has any, else those of the installed operator.

    Raises SettingsError, and RefusedError where there is no operator.
    """
    if {"IMAGEBUILD_SETTINGS", "IMAGEBUILD_BUILDER_IMAGE"} & set(os.environ):
        return settings.load()
    pod = api.get(_DEPLOYMENT)["spec"]["template"]["spec"]
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "settings.yaml"
        file.write_text(_file(api, pod), encoding="utf-8")
        os.environ.update(_environment(pod), IMAGEBUILD_SETTINGS=str(file))
        return settings.load()


def _environment(pod: JSON) -> dict[str, str]:
    (container,) = pod["containers"]
    return {
        entry["name"]: entry["value"]
        for entry in container.get("env", [])
        if entry["name"].startswith(_PREFIX) and "value" in entry
    }


def _file(api: ApiServer, pod: JSON) -> str:
    """The settings' file; "" where the operator has none."""
    (volume,) = [volume for volume in pod["volumes"] if volume["name"] == "settings"]
    place = f"/api/v1/namespaces/{_NAMESPACE}/configmaps"
    name = volume["configMap"]["name"]
    found = [c for c in api.get(place)["items"] if c["metadata"]["name"] == name]
    return str(found[0]["data"].get("settings.yaml", "")) if found else ""
