"""What a build is trusted with, or trusts: Secrets and certificates, each as a volume of the pod.

A Secret is a whole directory, of the keys that are asked for: the kubelet keeps that as the Secret
is, which it does not do for a single mounted file (subPath). The certificates of all authorities
are one directory.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from imagebuild.api.spec import CaCertificate, ImageBuildSpec
from imagebuild.contract import order as orders
from imagebuild.contract import places
from imagebuild.core.outside.resolve import Resolved

JSON = dict[str, Any]

CA_VOLUME = "ca"
_MODE = 0o440  # for the pod's group, which the worker is of
_DOCKER_CONFIG = ".dockerconfigjson"
_KNOWN_HOSTS = "known_hosts"
_PRIVATE_KEYS = ("ssh-privatekey", "identity")


class Entry(NamedTuple):
    """One reference of the spec: its path, and what it names.

    ``key`` is what the build waits for in it; None where it is mounted with whatever it has.
    """

    path: str
    kind: str
    name: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """One volume that is only read: its name, what it is (Kubernetes API, Volume), its place.

    ``entries``: what of the spec it is made for; none where the operator's settings ask for it.
    """

    name: str
    source: JSON
    place: str
    entries: tuple[Entry, ...] = ()


def volumes(resolved: Resolved, shared: Sequence[str] = ()) -> Iterator[Volume]:
    """The volumes of what is secret; the ``build`` container alone may see them.

    ``shared``: the Secrets of the settings with credentials for registries, by name.
    """
    spec = resolved.spec
    yield from _of_keys(spec)
    yield from _signing_in("ssh", places.SSH_DIR, _ssh(spec))
    yield from _signing_in("git-secret", places.GIT_SECRETS_DIR, _git(resolved))
    yield from _registries(spec, shared)


def of_spec(resolved: Resolved) -> Iterator[Volume]:
    """All volumes that something in the spec is the reason for, secret or not."""
    yield from volumes(resolved)
    yield from certificates(resolved.spec)


def certificates(
    spec: ImageBuildSpec, texts: Mapping[str, str] | None = None, *, job: str = ""
) -> Iterator[Volume]:
    """The volume of authorities' certificates, which are no secret; nothing where there are none.

    ``texts`` are those of the settings by name, in PEM; they lie in the order ConfigMap, which has
    the name of the ``job``. An entry of the spec takes the place of one of the same name.
    """
    own, entries = certificate_texts(spec, texts or {}), tuple(_of_certificates(spec))
    if not (own or entries):
        return
    items = [{"key": file, "path": file} for file in own]
    sources: list[JSON] = [{"configMap": {"name": job, "items": items}}] if own else []
    sources += map(_projected, spec.ca_certificates, entries)
    yield Volume(CA_VOLUME, {"projected": {"sources": sources}}, places.CA_DIR, entries)


def certificate_texts(spec: ImageBuildSpec, texts: Mapping[str, str]) -> Mapping[str, str]:
    """What of the settings' certificates the order ConfigMap holds: key -> PEM text."""
    taken = {entry.name for entry in spec.ca_certificates}
    return {_file(name): text for name, text in sorted(texts.items()) if name not in taken}


def certificate_files(spec: ImageBuildSpec, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Where all certificates lie in the pod."""
    files = (*certificate_texts(spec, texts), *(_file(ca.name) for ca in spec.ca_certificates))
    return tuple(f"{places.CA_DIR}/{file}" for file in files)


def registry_secrets(spec: ImageBuildSpec, shared: Sequence[str] = ()) -> tuple[str, ...]:
    """The Secrets with credentials for registries, by name, each once: the spec's come first."""
    own = (secret.name for secret in spec.registry_secrets)
    return tuple(dict.fromkeys((*own, *shared)))


def secrets(spec: ImageBuildSpec) -> Iterator[orders.Secret]:
    """What steps may mount, and where its file is."""
    for entry in spec.secrets:
        name, key = entry.secret_key_ref.name, entry.secret_key_ref.key
        file = f"{places.SECRETS_DIR}/{name}/{key}"
        yield orders.Secret(entry.name, secret=name, key=key, file=file)


def ssh(spec: ImageBuildSpec) -> Iterator[orders.Ssh]:
    """What steps may sign in with, and where its Secret is mounted."""
    for entry in spec.ssh:
        name = entry.secret_ref.name
        yield orders.Ssh(entry.name, secret=name, directory=f"{places.SSH_DIR}/{name}")


def _of_keys(spec: ImageBuildSpec) -> Iterator[Volume]:
    """Those of spec.secrets, with no key that is not named."""
    found = ((f"spec.secrets[{i}]", entry.secret_key_ref) for i, entry in enumerate(spec.secrets))
    entries = (Entry(f"{path}.secretKeyRef", "Secret", ref.name, ref.key) for path, ref in found)
    for index, (name, of_it) in enumerate(_by_name(entries).items()):
        keys = sorted({entry.key for entry in of_it if entry.key})
        source = _secret(name, items=_items(*keys))
        yield Volume(f"secret-{index}", source, f"{places.SECRETS_DIR}/{name}", of_it)


def _ssh(spec: ImageBuildSpec) -> Iterator[Entry]:
    for index, entry in enumerate(spec.ssh):
        path = f"spec.ssh[{index}].secretRef"
        yield Entry(path, "Secret", entry.secret_ref.name, _KNOWN_HOSTS)


def _git(resolved: Resolved) -> Iterator[Entry]:
    for path, _, source in resolved.contexts:
        if source.git and source.git.secret_ref:
            key = _KNOWN_HOSTS if source.git.url.startswith("ssh://") else None
            yield Entry(f"{path}.git.secretRef", "Secret", source.git.secret_ref.name, key)


def _signing_in(volume: str, directory: str, entries: Iterable[Entry]) -> Iterator[Volume]:
    for index, (name, of_it) in enumerate(_by_name(entries).items()):
        keys = {entry.key for entry in of_it}
        source = _secret(name) if keys == {None} else _with_known_hosts(name, whole=None in keys)
        yield Volume(f"{volume}-{index}", source, f"{directory}/{name}", of_it)


def _with_known_hosts(name: str, *, whole: bool) -> JSON:
    """What ssh needs of a Secret; ``whole``: and all else in it, for another server's sake.

    The servers' keys are waited for, and so is the Secret; of the private keys either will do.
    """
    sources: list[JSON] = [{"secret": {"name": name, "items": _items(_KNOWN_HOSTS)}}]
    if whole:
        sources.append({"secret": {"name": name}})
    else:
        for key in _PRIVATE_KEYS:
            source = {"name": name, "items": _items(key), "optional": True}
            sources.append({"secret": source})
    return {"projected": {"sources": sources, "defaultMode": _MODE}}


def _registries(spec: ImageBuildSpec, shared: Sequence[str]) -> Iterator[Volume]:
    """What the settings name is for those namespaces that have it: no build waits for it."""
    own = [secret.name for secret in spec.registry_secrets]
    for index, name in enumerate(registry_secrets(spec, shared)):
        place = f"{places.REGISTRY_SECRETS_DIR}/{name}"
        if name in own:
            entry = Entry(f"spec.registrySecrets[{index}]", "Secret", name, _DOCKER_CONFIG)
            source = _secret(name, items=_items(_DOCKER_CONFIG))
            yield Volume(f"registry-secret-{index}", source, place, (entry,))
        else:
            yield Volume(f"registry-secret-{index}", _secret(name, optional=True), place)


def _by_name(entries: Iterable[Entry]) -> Mapping[str, tuple[Entry, ...]]:
    """Name -> all that name it: a Secret is one volume however often it is used."""
    found: dict[str, tuple[Entry, ...]] = {}
    for entry in entries:
        found[entry.name] = (*found.get(entry.name, ()), entry)
    return found


def _secret(name: str, **more: Any) -> JSON:
    return {"secret": {"secretName": name, "defaultMode": _MODE, **more}}


def _items(*keys: str) -> list[JSON]:
    return [{"key": key, "path": key} for key in keys]


def _file(name: str) -> str:
    return f"{name}.crt"


def _of_certificates(spec: ImageBuildSpec) -> Iterator[Entry]:
    for index, entry in enumerate(spec.ca_certificates):
        path = f"spec.caCertificates[{index}]"
        if in_map := entry.config_map_key_ref:
            yield Entry(f"{path}.configMapKeyRef", "ConfigMap", in_map.name, in_map.key)
        elif in_secret := entry.secret_key_ref:
            yield Entry(f"{path}.secretKeyRef", "Secret", in_secret.name, in_secret.key)


def _projected(certificate: CaCertificate, entry: Entry) -> JSON:
    kind = "configMap" if entry.kind == "ConfigMap" else "secret"
    items = [{"key": entry.key, "path": _file(certificate.name)}]
    return {kind: {"name": entry.name, "items": items}}
