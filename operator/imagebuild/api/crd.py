"""The CustomResourceDefinition, from the models; ``python -m imagebuild.api.crd`` prints it."""

import json
import sys
from typing import Any

from imagebuild.api import names, schema, spec, status

DESCRIPTION = (
    "A container image that is built in stages and published to a registry. Change the spec and it "
    "is built anew; status shows every stage, the digest, and why a build failed."
)
# Flux replaces ${NAME} in what it applies: with this the CRD, and its patterns, are left alone.
ANNOTATIONS = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}


def crd() -> dict[str, Any]:
    """The CustomResourceDefinition as plain JSON data."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": names.CRD_NAME, "annotations": ANNOTATIONS},
        "spec": {
            "group": names.GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": names.KIND,
                "listKind": names.LIST_KIND,
                "plural": names.PLURAL,
                "singular": names.SINGULAR,
                "shortNames": [names.SHORT_NAME],
                "categories": ["all"],
            },
            "versions": [_version()],
        },
    }


def _version() -> dict[str, Any]:
    return {
        "name": names.VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": _columns(),
        "schema": {"openAPIV3Schema": schema.without_examples(whole_object())},
    }


def whole_object() -> dict[str, Any]:
    """The schema of an ImageBuild: ``spec`` and ``status`` under ``properties``, with examples."""
    return {
        "type": "object",
        "description": DESCRIPTION,
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": schema.of(spec.ImageBuildSpec),
            "status": {**schema.of(status.ImageBuildStatus), "default": status.UNSEEN},
        },
    }


def _columns() -> list[dict[str, Any]]:
    ready = ".status.conditions[?(@.type=='Ready')]"
    return [
        _column("Ready", f"{ready}.status"),
        _column("Reason", f"{ready}.reason"),
        _column("Stages", ".status.progress"),
        _column("Current", ".status.current"),
        _column("Image", ".status.published[0].tags[0]"),
        _column("Digest", ".status.published[0].digest", wide=True),
        _column("Duration", ".status.duration", wide=True),
        _column("Cached", ".status.cached", wide=True),
        _column("Age", ".metadata.creationTimestamp", kind="date"),
    ]


def _column(name: str, path: str, *, kind: str = "string", wide: bool = False) -> dict[str, Any]:
    column = {"name": name, "type": kind, "jsonPath": path}
    return {**column, "priority": 1} if wide else column


if __name__ == "__main__":
    json.dump(crd(), sys.stdout, indent=2)
    sys.stdout.write("\n")
