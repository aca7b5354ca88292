"""Which registries the images of a spec may be in.

BuildKit asks them itself, so a name that stands for a link-local address is not seen by anyone
here; an address is.
"""

import ipaddress
import socket
from collections.abc import Iterator

from imagebuild.api import arguments, uses
from imagebuild.api.problem import Problem
from imagebuild.api.rules import urlrules
from imagebuild.api.spec import ImageBuildSpec


def problems(spec: ImageBuildSpec) -> Iterator[Problem]:
    """Images in a registry that is a link-local address."""
    for path, image in _images(spec):
        if _is_link_local(image):
            yield Problem(path, urlrules.LINK_LOCAL, urlrules.LINK_LOCAL_MEND)


def _images(spec: ImageBuildSpec) -> Iterator[tuple[str, str]]:
    """Each image that a spec may name, a stage or context too, with its place."""
    values = arguments.known(spec.args)
    for use in (*uses.starts(spec), *uses.copies(spec), *uses.mounts(spec)):
        yield f"spec{use.place}", arguments.resolved(use.name, values) or use.name
    if spec.context and spec.context.oci:
        yield "spec.context.oci.image", spec.context.oci.image
    for i, context in enumerate(spec.contexts):
        if context.oci:
            yield f"spec.contexts[{i}].oci.image", context.oci.image
    for i, entry in enumerate(spec.publish):
        for j, image in enumerate(entry.images):
            yield f"spec.publish[{i}].images[{j}]", image


def _is_link_local(image: str) -> bool:
    """Whether its registry is such an address, in any of the forms that programs take for one."""
    host, slash, _ = image.partition("/")
    if not slash or not ("." in host or ":" in host):
        return False
    try:
        packed = socket.inet_aton(host.partition(":")[0])
    except OSError:
        return False
    return ipaddress.IPv4Address(packed).is_link_local
