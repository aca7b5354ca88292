"""What of its namespace a pod sees: volumes, and where they are mounted.

All of it is the ``build`` container's alone, but for the certificates of authorities.

Volumes are counted, since a context's name may be longer than a volume's and hold what that must
not. A claim is one volume however often it is used: the kubelet would wait for a second one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imagebuild.api.spec import ImageBuildSpec
from imagebuild.contract import places
from imagebuild.core.attempt import credentials
from imagebuild.core.outside import Named
from imagebuild.core.outside.resolve import Resolved
from imagebuild.core.settings import Settings

JSON = dict[str, Any]

# What is said of a claim by another name than its own, or by none.
_OF_A_CLAIM = re.compile(r"(?i)persistentvolumeclaim|volume node affinity|(?:multi-|\b)attach")


@dataclass(frozen=True, slots=True)
class Mounts:
    """``volumes`` of a pod, and which containers mount them (Kubernetes API, Pod).

    ``mounts`` are those of ``build``, ``daemon`` those of ``buildkitd``.
    """

    volumes: tuple[JSON, ...] = ()
    mounts: tuple[JSON, ...] = ()
    daemon: tuple[JSON, ...] = ()


def of(resolved: Resolved, *, job: str, settings: Settings) -> Mounts:
    """All that the build of this ``job`` needs: contexts, archives, credentials, certificates."""
    trusted = credentials.certificates(resolved.spec, settings.ca_certificates, job=job)
    parts = (
        *_config_maps(resolved.contexts),
        *_claims(resolved),
        *map(_only_read, credentials.volumes(resolved, settings.registry_secrets)),
        *map(_trusted, trusted),
    )
    return Mounts(
        tuple(volume for part in parts for volume in part.volumes),
        tuple(found for part in parts for found in part.mounts),
        tuple(found for part in parts for found in part.daemon),
    )


def path_in(resolved: Resolved, words: str) -> str | None:
    """The spec path of what these words of the cluster name first; None where they name nothing.

    A volume of ours has the name that it has in the pod. A claim has its own, or in its place that
    of a volume which only the cluster knows: then it is known where there is no other.
    """
    found = []
    claims = _claim_paths(resolved)
    for name, path in _volume_paths(resolved).items():
        found += [(at.start(), path) for at in re.finditer(rf"(?<![\w.-]){name}(?![\w.-])", words)]
    for claim, path in claims.items():
        pattern = rf'(?i:persistentvolumeclaim|pvc) "?(?:[\w.-]+/)?{re.escape(claim)}(?![\w.-])'
        found += [(at.start(), path) for at in re.finditer(pattern, words)]
    if not found and len(claims) == 1 and _OF_A_CLAIM.search(words):
        return next(iter(claims.values()))
    return min(found)[1] if found else None


def _volume_paths(resolved: Resolved) -> Mapping[str, str]:
    """Name of a volume in the pod -> spec path."""
    maps = (n for n, (_, _, source) in enumerate(resolved.contexts) if source.config_map)
    found = {f"context-{n}": f"{resolved.contexts[n].path}.configMap" for n in maps}
    found |= {f"claim-{n}": path for n, path in enumerate(_claim_paths(resolved).values())}
    own = credentials.of_spec(resolved)
    return found | {volume.name: volume.entries[0].path for volume in own}


def _claim_paths(resolved: Resolved) -> Mapping[str, str]:
    """Claim -> the spec path of its first use, in the order of their volumes."""
    found: dict[str, str] = {}
    for path, _, source in resolved.contexts:
        if source.persistent_volume_claim:
            name = source.persistent_volume_claim.claim_name
            found.setdefault(name, f"{path}.persistentVolumeClaim")
    for index, entry in enumerate(resolved.spec.publish):
        if entry.archive:
            name = entry.archive.persistent_volume_claim.claim_name
            found.setdefault(name, f"spec.publish[{index}].archive.persistentVolumeClaim")
    return found


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
    for index, claim in enumerate(_claim_paths(resolved)):
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


def _only_read(volume: credentials.Volume) -> Mounts:
    place = mount(volume.name, volume.place, read_only=True)
    return Mounts(({"name": volume.name, **volume.source},), (place,))


def _trusted(volume: credentials.Volume) -> Mounts:
    """Certificates are no secret, and the daemon reaches registries too."""
    found = _only_read(volume)
    return Mounts(found.volumes, found.mounts, found.mounts)
