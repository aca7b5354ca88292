"""The options that say which cluster is meant, the same for every script."""

import argparse

from testbed import kindcluster, lifecycle


def add(parser: argparse.ArgumentParser) -> None:
    """Add --images, --engine, --name and --port."""
    parser.add_argument(
        "--images",
        choices=["auto", "build", "pull"],
        default="auto",
        help="pull public images, make them here, or (auto) pull where the engine can",
    )
    parser.add_argument("--engine", choices=["auto", "docker", "podman"], default="auto")
    parser.add_argument("--name", default=kindcluster.NAME, help="the cluster's name")
    parser.add_argument(
        "--port",
        type=int,
        default=kindcluster.REGISTRY_PORT,
        help="the registry's port on 127.0.0.1",
    )


def wish(given: argparse.Namespace) -> lifecycle.Wish:
    """Return what these options ask for."""
    return lifecycle.Wish(given.images, given.engine, given.name, given.port)
