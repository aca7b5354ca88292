"""``python -m imagebuild.cli.preflight``: says where builds can run, and what is missing."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imagebuild.cli.preflight import admission, finding, installed, network, nodes, probe
from imagebuild.cli.preflight.apiserver import ApiServer, RefusedError, UnreachableError
from imagebuild.cli.preflight.finding import Finding
from imagebuild.controller import settings as operator
from imagebuild.core import profile
from imagebuild.core.settings import Settings

CANNOT_BUILD = 1
CANNOT_SAY = 2
_WORDS = {True: "Builds can run", False: "Not everything that was asked for can build"}
_EPILOG = """\
It looks at the cluster that it runs in, else at that of the kubeconfig, and goes by the settings of
the operator that is installed there; before one is, by those of a file that IMAGEBUILD_SETTINGS
names and of the variables that the operator reads, IMAGEBUILD_BUILDER_IMAGE at least.
On each Linux node that takes pods, a pod of the builder image builds a tiny stage, with all that a
build has there by the settings. "ok" is what builds can do with, "NO" what is in their way, "-"
what is good to know or could not be told.

It ends with 1 where no node can build, or a namespace that is named takes no build, and with 2
where settings or cluster can't be read.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    namespaces: tuple[str, ...]
    probe_in: str
    pods: bool


def main(arguments: Sequence[str]) -> int:
    """Looks and prints; the answer is the exit code."""
    asked = _asked(arguments)
    can_build = True
    try:
        api = ApiServer()
        for found, lets_build in _found(api, installed.load(api), asked):
            sys.stdout.write(f"{finding.text(found)}\n")
            sys.stdout.flush()
            can_build = can_build and lets_build
    except (operator.SettingsError, UnreachableError, RefusedError) as error:
        sys.stderr.write(f"preflight: {error}\n")
        return CANNOT_SAY
    sys.stdout.write(f"\n{_WORDS[can_build]}.\n")
    return 0 if can_build else CANNOT_BUILD


def _found(
    api: ApiServer, settings: operator.OperatorSettings, asked: Asked
) -> Iterator[tuple[Sequence[Finding], bool]]:
    """Findings as they come, and whether what they are about lets builds run."""
    known = api.get("/api/v1/nodes")["items"]
    auto = profile.choose(known)
    usable = [node for node in known if profile.schedulable_linux(node)]
    yield list(nodes.findings(known)), bool(usable)
    if asked.pods and usable:
        first = (*asked.namespaces, asked.probe_in)[0]
        own = settings.for_namespace(first, auto=auto)
        yield _tried(api, usable, own, namespace=asked.probe_in)
        image = own.builder_image
        yield list(network.findings(api, namespace=asked.probe_in, image=image)), True
    for namespace in asked.namespaces:
        own = settings.for_namespace(namespace, auto=auto)
        of_namespace = list(admission.findings(api, namespace, own))
        yield of_namespace, all(found.ok is not False for found in of_namespace)


def _tried(
    api: ApiServer, usable: Sequence[Mapping[str, Any]], settings: Settings, *, namespace: str
) -> tuple[Sequence[Finding], bool]:
    found: list[Finding] = []
    for node in usable:
        found += probe.findings(api, node, settings, namespace=namespace)
    return found, any(one.ok for one in found)


def _asked(arguments: Sequence[str]) -> Asked:
    parser = argparse.ArgumentParser(
        prog="python -m imagebuild.cli.preflight",
        description="Says where builds can run, and what is missing, by name.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--namespace",
        action="append",
        default=[],
        help="one that is to have builds: whether it takes their pods, by its own settings; may be "
        "given several times",
    )
    parser.add_argument(
        "--probe-in",
        metavar="NAMESPACE",
        default="imagebuild-preflight",
        help="where pods are made and deleted again; default: %(default)s (manifests/preflight)",
    )
    parser.add_argument(
        "--no-pods", action="store_true", help="look at what objects say, and make no pod"
    )
    given = parser.parse_args(arguments)
    return Asked(tuple(given.namespace), given.probe_in, not given.no_pods)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
