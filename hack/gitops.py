"""What Argo CD has to be told of ImageBuilds, made of the Lua under manifests/gitops/argocd/."""

import textwrap
from pathlib import Path

from imagebuild.api import names

ARGOCD = "manifests/gitops/argocd"
# Laid out as in Argo CD's own repository, so that the folder can go there as it is.
LUA = Path(__file__).resolve().parent.parent / ARGOCD / "resource_customizations"
_KIND = f"{names.GROUP}_{names.KIND}"
_CONFIG_MAP = f"""\
# Made by hack/generate from {ARGOCD}/resource_customizations/; change that instead.
# A patch of what is there: kubectl patch configmap argocd-cm -n argocd --patch-file argocd-cm.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
  namespace: argocd
data:
"""


def argocd_cm() -> str:
    """The patch of Argo CD's ConfigMap with the health check and the actions.

    Its keys are those of Argo CD's docs/operator-manual, health.md and resource_actions.md.
    """
    kind = LUA / names.GROUP / names.KIND
    actions = _entry("discovery.lua", (kind / "actions/discovery.lua").read_text())
    actions += "definitions:\n"
    for script in sorted(kind.glob("actions/*/action.lua")):
        actions += f"- name: {script.parent.name}\n"
        actions += textwrap.indent(_entry("action.lua", script.read_text()), "  ")
    health = _entry(f"resource.customizations.health.{_KIND}", (kind / "health.lua").read_text())
    actions = _entry(f"resource.customizations.actions.{_KIND}", actions)
    return _CONFIG_MAP + textwrap.indent(health + actions, "  ")


def _entry(key: str, text: str) -> str:
    """A YAML mapping's entry, its text as it stands."""
    return f"{key}: |\n{textwrap.indent(text, '  ')}"
