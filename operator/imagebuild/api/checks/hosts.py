"""Which registries the images of a spec may be in.

BuildKit asks them itself, so a name that stands for a link-local address is not seen by anyone
here; an address is.
"""

import ipaddress
import re
from collections.abc import Iterator

from imagebuild.api import arguments, uses
from imagebuild.api.problem import Problem
from imagebuild.api.rules import urlrules
from imagebuild.api.spec import ImageBuildSpec

_PARTS, _BYTE = 4, 255
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,16}|0[0-7]{0,16}|[1-9][0-9]{0,16}")


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
    address = _address(host.partition(":")[0])
    return address is not None and address.is_link_local


def _address(text: str) -> ipaddress.IPv4Address | None:
    """The address that inet_aton(3) makes of a text: up to four numbers, the last one the rest."""
    parts = text.split(".")
    if len(parts) > _PARTS or not all(map(_NUMBER.fullmatch, parts)):
        return None
    *heads, last = [int(part, _base(part)) for part in parts]
    if any(head > _BYTE for head in heads) or last >= 256 ** (_PARTS + 1 - len(parts)):
        return None
    shifted = (head << 8 * (_PARTS - 1 - place) for place, head in enumerate(heads))
    return ipaddress.IPv4Address(sum(shifted) + last)


def _base(number: str) -> int:
    if number[:2].lower() == "0x":
        return 16
    return 8 if number[0] == "0" else 10
