"""What the programs that the worker calls find around them: the workspace as an order wants it."""

from dataclasses import replace

from imagebuild.contract.order import Order
from imagebuild.worker import keychain
from imagebuild.worker.workspace import Workspace


def around(order: Order, workspace: Workspace) -> Workspace:
    """The workspace with all that the order says of credentials, authorities and proxies."""
    trusted = workspace.root / "authorities.pem" if order.ca_certificates else None
    environment = {**workspace.environment, **order.proxy.variables}
    environment[keychain.VARIABLE] = ":".join(order.registry_secrets)
    if trusted is not None:
        # Programs in Go take it for the system's own; git is told by a setting.
        environment["SSL_CERT_FILE"] = str(trusted)
    return replace(workspace, environment=environment, authorities=trusted, proxy=order.proxy)
