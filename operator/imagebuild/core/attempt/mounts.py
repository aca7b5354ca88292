"""What of its namespace the ``build`` container sees: volumes, and where they are mounted.

Volumes are counted, since a context's name may be longer than a volume's and hold what that must
not. A claim is one volume however often it is used: the kubelet would wait for a second one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imagebuild.api.spec import ImageBuildSpec, RegistrySecret
from imagebuild.contract import places
from imagebuild.core.outside import Named
from imagebuild.core.outside.resolve import Resolved

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mounts:
    """``volumes`` of a pod, and ``mounts`` of one container in it (Kubernetes API, Pod)."""

    volumes: tuple[JSON, ...] = ()
    mounts: tuple[JSON, ...] = ()


def of(resolved: Resolved) -> Mounts:
    """All that this build needs: ConfigMaps and claims of contexts, archives, credentials."""
    parts = (
        *_config_maps(resolved.contexts),
        *_claims(resolved),
        *_registry_secrets(resolved.spec.registry_secrets),
    )
    return Mounts(
        tuple(volume for part in parts for volume in part.volumes),
        tuple(found for part in parts for found in part.mounts),
    )


def mount(volume: str, path: str, *, read_only: bool = False) -> JSON:
    """A volume of this name mounted at this place."""
    found: JSON = {"name": volume, "mountPath": path}
    if read_only:
        found["readOnly"] = True
    return found


def _config_maps(contexts: Sequence[Named]) -> Iterator[Mounts]:
    for index, (_, name, source) in enumerate(contexts):
        if source.config_map:
            volume: JSON = {"name": source.config_map.name}
            if source.config_map.items:
                volume["items"] = [item.to_json() for item in source.config_map.items]
            place = mount(f"context-{index}", f"{places.CONTEXTS_DIR}/{name}", read_only=True)
            yield Mounts(({"name": f"context-{index}", "configMap": volume},), (place,))


def _claims(resolved: Resolved) -> Iterator[Mounts]:
    """Each claim once; where nothing is written to it, its owners and modes stay untouched."""
    read, written = _read_claims(resolved), _written_claims(resolved.spec)
    for index, claim in enumerate(dict.fromkeys((*read.values(), *written.values()))):
        name, source = f"claim-{index}", {"claimName": claim}
        volume = {**source, "readOnly": True} if claim not in written.values() else source
        places_read = (place for place, used in read.items() if used == claim)
        places_written = (place for place, used in written.items() if used == claim)
        yield Mounts(
            ({"name": name, "persistentVolumeClaim": volume},),
            (
                *(mount(name, place, read_only=True) for place in places_read),
                *(mount(name, place) for place in places_written),
            ),
        )


def _read_claims(resolved: Resolved) -> Mapping[str, str]:
    """Place in the pod -> claim, of contexts; what of it a context is, the order says."""
    return {
        f"{places.CONTEXTS_DIR}/{name}": source.persistent_volume_claim.claim_name
        for _, name, source in resolved.contexts
        if source.persistent_volume_claim
    }


def _written_claims(spec: ImageBuildSpec) -> Mapping[str, str]:
    return {
        f"{places.ARCHIVES_DIR}/{index}": entry.archive.persistent_volume_claim.claim_name
        for index, entry in enumerate(spec.publish)
        if entry.archive
    }


def _registry_secrets(secrets: Sequence[RegistrySecret]) -> Iterator[Mounts]:
    for index, secret in enumerate(secrets):
        name = f"registry-secret-{index}"
        volume = {"name": name, "secret": {"secretName": secret.name, "defaultMode": 0o440}}
        place = f"{places.REGISTRY_SECRETS_DIR}/{secret.name}"
        yield Mounts((volume,), (mount(name, place, read_only=True),))
