"""What the programs that the worker calls find around them: the workspace as an order wants it."""

from collections.abc import Mapping
from dataclasses import replace

from imagebuild.contract.order import Order, Proxy
from imagebuild.worker import keychain
from imagebuild.worker.workspace import Workspace

# Never by a proxy: the daemon's socket goes by the first of these names.
_HERE = "localhost,127.0.0.1,::1"


def around(order: Order, workspace: Workspace) -> Workspace:
    """The workspace with all that the order says of credentials, authorities and proxies."""
    trusted = workspace.root / "authorities.pem" if order.ca_certificates else None
    environment = {**workspace.environment, **variables(order.proxy)}
    environment[keychain.VARIABLE] = ":".join(order.registry_secrets)
    if trusted is not None:
        # Programs in Go take it for the system's own; git is told by a setting.
        environment["SSL_CERT_FILE"] = str(trusted)
    return replace(
        workspace, environment=environment, authorities=trusted, proxy=without_here(order.proxy)
    )


def variables(proxy: Proxy) -> Mapping[str, str]:
    """The variables by which most programs know a proxy; none where there is none."""
    if not (proxy.http or proxy.https):
        return {}
    whole = without_here(proxy)
    values = {"HTTP_PROXY": whole.http, "HTTPS_PROXY": whole.https, "NO_PROXY": whole.none}
    given = {name: value for name, value in values.items() if value}
    return given | {name.lower(): value for name, value in given.items()}


def without_here(proxy: Proxy) -> Proxy:
    """The same, with what is on this machine among what is reached without."""
    return replace(proxy, none=",".join(filter(None, (proxy.none, _HERE))))
