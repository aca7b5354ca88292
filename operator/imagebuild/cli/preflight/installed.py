"""The settings of the operator that is installed, as its Deployment has them."""

import os
import tempfile
from pathlib import Path

from imagebuild.cli.preflight.apiserver import JSON, ApiServer
from imagebuild.controller import settings

_NAMESPACE = "imagebuild-system"
_DEPLOYMENT = f"/apis/apps/v1/namespaces/{_NAMESPACE}/deployments/imagebuild-operator"
_PREFIX = "IMAGEBUILD_"
_FILE = "settings.yaml"


def load(api: ApiServer) -> settings.OperatorSettings:
    """Those of this machine where it has any, else those of the installed operator.

    Raises SettingsError, and RefusedError where there is no operator.
    """
    if {"IMAGEBUILD_SETTINGS", "IMAGEBUILD_BUILDER_IMAGE"} & set(os.environ):
        return settings.load()
    pod = api.get(_DEPLOYMENT)["spec"]["template"]["spec"]
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / _FILE
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
    """The settings' file; one without settings where no ConfigMap is mounted.

    Raises SettingsError where one is that has other keys alone, as the operator does.
    """
    (volume,) = [volume for volume in pod["volumes"] if volume["name"] == "settings"]
    place = f"/api/v1/namespaces/{_NAMESPACE}/configmaps"
    name = volume["configMap"]["name"]
    found = [c for c in api.get(place)["items"] if c["metadata"]["name"] == name]
    data: dict[str, str] = (found[0].get("data") or {}) if found else {}
    if data and _FILE not in data:
        others = ", ".join(sorted(data))
        raise settings.SettingsError(f"ConfigMap {name}: it has {others}, but no {_FILE}")
    return data.get(_FILE, "{}")
