"""Write what is made from the models and manifests, or with --check say what is out of date.

Made are crds/imagebuilds.yaml, docs/imagebuild.md, docs/status.md,
manifests/gitops/argocd/argocd-cm.yaml, manifests/monitoring's dashboard.json and
prometheusrule.yaml, manifests/seccomp/imagebuild.json and, where there is a kubectl,
manifests/install.yaml.
"""

import argparse
import difflib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import gitops
import monitoring
import reference
import seccomp
import yaml
from testbed import cache

from imagebuild.api import crd

ROOT = Path(__file__).resolve().parent.parent
INSTALL = "manifests/overlays/cluster"
_HEADER = "# Made by hack/generate from {}/; change that instead.\n"
_SHOWN_LINES = 40


def main() -> int:
    """Write or check the files; 1 where one is out of date."""
    parser = argparse.ArgumentParser(
        prog="hack/generate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    settle = _compare if parser.parse_args().check else _write
    stale = [path for path, made in FILES.items() if not settle(ROOT / path, made())]
    if stale:
        print(f"out of date: {', '.join(stale)}; to do: run hack/generate")
    return int(bool(stale))


def _definition() -> str:
    text = yaml.safe_dump(crd.crd(), sort_keys=False, width=100, allow_unicode=True)
    return _HEADER.format("operator/imagebuild/api") + text


def _install() -> str | None:
    """One file of all that an install needs; None where there is no kubectl to render it."""
    of_the_cluster = cache.root() / "clusters" / "imagebuild-kubectl"
    kubectl = os.environ.get("IMAGEBUILD_KUBECTL") or shutil.which("kubectl") or of_the_cluster
    if not Path(kubectl).exists():
        print("manifests/install.yaml: not looked at, there is no kubectl")
        return None
    argv = [kubectl, "kustomize", INSTALL]
    done = subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return _HEADER.format(INSTALL) + done.stdout


# The CRD comes first: install.yaml is rendered from what lies there.
FILES: dict[str, Callable[[], str | None]] = {
    "crds/imagebuilds.yaml": _definition,
    "docs/imagebuild.md": reference.imagebuild,
    "docs/status.md": reference.status,
    f"{gitops.ARGOCD}/argocd-cm.yaml": gitops.argocd_cm,
    f"{monitoring.MONITORING}/dashboard.json": monitoring.dashboard,
    f"{monitoring.MONITORING}/prometheusrule.yaml": monitoring.prometheus_rule,
    seccomp.PROFILE: seccomp.profile,
    "manifests/install.yaml": _install,
}


def _write(path: Path, made: str | None) -> bool:
    if made is not None and made != _read(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made)
        print(f"wrote {path.relative_to(ROOT)}")
    return True


def _compare(path: Path, made: str | None) -> bool:
    there = _read(path)
    if made is None or made == there:
        return True
    ways = (there.splitlines(), made.splitlines(), f"{path.name} (there)", f"{path.name} (made)")
    print("\n".join([*difflib.unified_diff(*ways, n=1, lineterm="")][:_SHOWN_LINES]))
    return False


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
