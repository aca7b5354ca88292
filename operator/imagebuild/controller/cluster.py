"""Every request that the controller makes to the API server, as plain JSON in and out.

Requests go through ``kubernetes.aio``'s client one level below its typed calls: their models
would more than double the operator's memory, and the core works on plain JSON.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol

import aiohttp
from kubernetes.aio.client import api_client, exceptions

from imagebuild.api import names
from imagebuild.core import outside

TIMEOUT_SECONDS = 30.0
# Logs come from the kubelet: one that does not answer must not hold up anything else.
LOG_TIMEOUT_SECONDS = 3.0
USER_AGENT = "imagebuild-operator"

JSON = dict[str, Any]

logger = logging.getLogger(__name__)

_IMAGEBUILDS = f"/apis/{names.API_VERSION}/namespaces/{{namespace}}/{names.PLURAL}"
_PLACES = {
    "ConfigMap": "/api/v1/namespaces/{namespace}/configmaps",
    "Event": "/api/v1/namespaces/{namespace}/events",
    "Job": "/apis/batch/v1/namespaces/{namespace}/jobs",
    "Pod": "/api/v1/namespaces/{namespace}/pods",
}


_REFUSALS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


class RefusedError(Exception):
    """The API server will not take an object: quota, admission, validation; in its own words."""


class ExistsError(Exception):
    """There is an object of that name already."""


class UnknownKindError(Exception):
    """The API server knows no such kind: what would bring it is not installed."""


class Cluster(Protocol):
    """What ``reconcile`` needs of a cluster."""

    async def imagebuild(self, namespace: str, name: str) -> JSON | None:
        """The ImageBuild; None where there is none."""

    async def read(self, kind: str, namespace: str, name: str) -> JSON | None:
        """The ConfigMap, Job or Pod; None where there is none."""

    async def flux(self, kind: str, name: str, *, namespace: str) -> JSON | None:
        """The source of Flux; None where there is none. Raises UnknownKindError without Flux."""

    async def owned(self, kind: str, namespace: str, uid: str) -> Sequence[JSON]:
        """The Jobs or Pods of the ImageBuild with this uid."""

    async def events(self, namespace: str, uid: str) -> Sequence[JSON]:
        """The Events about the object with this uid."""

    async def last_line(self, namespace: str, pod: str, container: str) -> str:
        """The last line of a container's log; empty where there is none, or none to be had."""

    async def nodes(self) -> Sequence[JSON]:
        """All nodes."""

    async def create(self, manifest: Mapping[str, Any]) -> None:
        """Create a ConfigMap, Job or Event; raises RefusedError or ExistsError."""

    async def delete(self, kind: str, namespace: str, name: str) -> None:
        """Delete a ConfigMap or Job, after what it owns; one that is not there is deleted."""

    async def write_status(self, namespace: str, name: str, status: Mapping[str, Any]) -> None:
        """Replace the ImageBuild's whole status; nothing where the object is gone."""


class ApiServer:
    """The cluster behind one API server."""

    def __init__(self, client: api_client.ApiClient) -> None:
        self._client = client
        client.set_default_header("User-Agent", USER_AGENT)

    async def imagebuild(self, namespace: str, name: str) -> JSON | None:
        """See ``Cluster``."""
        return await self._get_or_none(f"{_IMAGEBUILDS.format(namespace=namespace)}/{name}")

    async def read(self, kind: str, namespace: str, name: str) -> JSON | None:
        """See ``Cluster``."""
        return await self._get_or_none(f"{_PLACES[kind].format(namespace=namespace)}/{name}")

    async def flux(self, kind: str, name: str, *, namespace: str) -> JSON | None:
        """See ``Cluster``."""
        plural = outside.FLUX_PLURALS[kind]
        path = f"/apis/{outside.FLUX_API}/namespaces/{namespace}/{plural}/{name}"
        try:
            found: JSON = json.loads(await self._request("GET", path))
        except exceptions.ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            # Of an object that is not there a Status tells; of a path that is not, plain text.
            if _reason(error) == "NotFound":
                return None
            raise UnknownKindError(f"{outside.FLUX_API} {kind}") from None
        return found

    async def owned(self, kind: str, namespace: str, uid: str) -> Sequence[JSON]:
        """See ``Cluster``."""
        selector = {"labelSelector": f"{names.LABEL_OWNER}={uid}"}
        return await self._items(_PLACES[kind].format(namespace=namespace), selector)

    async def events(self, namespace: str, uid: str) -> Sequence[JSON]:
        """See ``Cluster``."""
        selector = {"fieldSelector": f"involvedObject.uid={uid}"}
        return await self._items(_PLACES["Event"].format(namespace=namespace), selector)

    async def last_line(self, namespace: str, pod: str, container: str) -> str:
        """See ``Cluster``."""
        path = f"{_PLACES['Pod'].format(namespace=namespace)}/{pod}/log"
        query = {"container": container, "tailLines": "1"}
        try:
            data = await self._request("GET", path, query=query, seconds=LOG_TIMEOUT_SECONDS)
        except (exceptions.ApiException, aiohttp.ClientError, TimeoutError) as error:
            # The container waits, its log is gone, or its kubelet is away: all are no news.
            logger.debug("no log of %s/%s: %s", namespace, pod, error)
            return ""
        return data.decode(errors="replace").strip()

    async def nodes(self) -> Sequence[JSON]:
        """See ``Cluster``."""
        return await self._items("/api/v1/nodes", {})

    async def create(self, manifest: Mapping[str, Any]) -> None:
        """See ``Cluster``."""
        path = _PLACES[manifest["kind"]].format(namespace=manifest["metadata"]["namespace"])
        try:
            await self._request("POST", path, body=manifest)
        except exceptions.ApiException as error:
            words = _words(error)
            if error.status == HTTPStatus.CONFLICT and _reason(error) == "AlreadyExists":
                raise ExistsError(words) from None
            if error.status in _REFUSALS:
                raise RefusedError(words) from None
            raise

    async def delete(self, kind: str, namespace: str, name: str) -> None:
        """See ``Cluster``."""
        path = f"{_PLACES[kind].format(namespace=namespace)}/{name}"
        try:
            await self._request("DELETE", path, body={"propagationPolicy": "Foreground"})
        except exceptions.ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def write_status(self, namespace: str, name: str, status: Mapping[str, Any]) -> None:
        """See ``Cluster``."""
        path = f"{_IMAGEBUILDS.format(namespace=namespace)}/{name}/status"
        patch = [{"op": "add", "path": "/status", "value": dict(status)}]
        try:
            await self._request("PATCH", path, body=patch)
        except exceptions.ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def _get_or_none(self, path: str) -> JSON | None:
        try:
            data = await self._request("GET", path)
        except exceptions.ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        found: JSON = json.loads(data)
        return found

    async def _items(self, path: str, query: Mapping[str, str]) -> Sequence[JSON]:
        found: JSON = json.loads(await self._request("GET", path, query=query))
        return found.get("items") or []

    async def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        seconds: float = TIMEOUT_SECONDS,
    ) -> bytes:
        """The answer's body; raises ApiException for what is no success."""
        kind = "application/json-patch+json" if method == "PATCH" else "application/json"
        prepared = await self._client.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": "application/json, */*", "Content-Type": kind},
            body=body,
            auth_settings=["BearerToken"],
        )
        response = await self._client.call_api(*prepared, _request_timeout=seconds)
        data: bytes = await response.read()
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise exceptions.ApiException.from_response(
                http_resp=response, body=data.decode(errors="replace"), data=None
            )
        return data


def _status_of(error: exceptions.ApiException) -> JSON:
    try:
        found = json.loads(error.body or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _reason(error: exceptions.ApiException) -> str:
    return str(_status_of(error).get("reason", ""))


def _words(error: exceptions.ApiException) -> str:
    return str(_status_of(error).get("message") or error.reason)
