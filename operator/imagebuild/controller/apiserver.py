"""The cluster behind an API server: where each kind lies, and what its answers mean."""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import aiohttp
from kubernetes.aio.client import api_client, exceptions

from imagebuild.api import names
from imagebuild.controller import cluster, requests
from imagebuild.controller.cluster import JSON
from imagebuild.core import outside

# Logs come from the kubelet: one that does not answer must not hold up anything else.
LOG_TIMEOUT_SECONDS = 3.0
WHOLE_LOG_TIMEOUT_SECONDS = 15.0
_PIECE = 64 * 1024

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


class ApiServer:
    """The cluster behind one API server: what each method does, ``Cluster`` says."""

    def __init__(self, client: api_client.ApiClient) -> None:
        self._requests = requests.Requests(client)

    async def imagebuild(self, namespace: str, name: str) -> JSON | None:
        """See ``Cluster``."""
        path = f"{_IMAGEBUILDS.format(namespace=namespace)}/{name}"
        return await self._requests.get_or_none(path)

    async def read(self, kind: str, namespace: str, name: str) -> JSON | None:
        """See ``Cluster``."""
        path = f"{_PLACES[kind].format(namespace=namespace)}/{name}"
        return await self._requests.get_or_none(path)

    async def flux(self, kind: str, name: str, *, namespace: str) -> JSON | None:
        """See ``Cluster``."""
        plural = outside.FLUX_PLURALS[kind]
        path = f"/apis/{outside.FLUX_API}/namespaces/{namespace}/{plural}/{name}"
        try:
            found: JSON = json.loads(await self._requests.request("GET", path))
        except exceptions.ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            # Of an object that is not there a Status tells; of a path that is not, plain text.
            if requests.reason(error) == "NotFound":
                return None
            raise cluster.UnknownKindError(f"{outside.FLUX_API} {kind}") from None
        return found

    async def owned(self, kind: str, namespace: str, uid: str) -> Sequence[JSON]:
        """See ``Cluster``."""
        selector = {"labelSelector": f"{names.LABEL_OWNER}={uid}"}
        return await self._requests.items(_PLACES[kind].format(namespace=namespace), selector)

    async def events(self, namespace: str, uid: str) -> Sequence[JSON]:
        """See ``Cluster``."""
        selector = {"fieldSelector": f"involvedObject.uid={uid}"}
        return await self._requests.items(_PLACES["Event"].format(namespace=namespace), selector)

    async def last_line(self, namespace: str, pod: str, container: str) -> str:
        """See ``Cluster``."""
        path = f"{_PLACES['Pod'].format(namespace=namespace)}/{pod}/log"
        query = {"container": container, "tailLines": "1"}
        try:
            data = await self._requests.request(
                "GET", path, query=query, seconds=LOG_TIMEOUT_SECONDS
            )
        except (exceptions.ApiException, aiohttp.ClientError, TimeoutError) as error:
            # The container waits, its log is gone, or its kubelet is away: all are no news.
            logger.debug("no log of %s/%s: %s", namespace, pod, error)
            return ""
        return data.decode(errors="replace").strip()

    async def log(
        self, namespace: str, pod: str, container: str, *, size: int, lines: int | None = None
    ) -> bytes:
        """See ``Cluster``."""
        path = f"{_PLACES['Pod'].format(namespace=namespace)}/{pod}/log"
        part = {"limitBytes": str(size)} if lines is None else {"tailLines": str(lines)}
        query = {"container": container, "timestamps": "true", **part}
        try:
            async with asyncio.timeout(WHOLE_LOG_TIMEOUT_SECONDS):
                response = await self._requests.send("GET", path, query=query)
                return await _end_of(response, size)
        except exceptions.ApiException as error:
            if error.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
                raise cluster.NoLogError(requests.words(error)) from None
            raise

    async def nodes(self) -> Sequence[JSON]:
        """See ``Cluster``."""
        return await self._requests.items("/api/v1/nodes", {})

    async def create(self, manifest: Mapping[str, Any]) -> None:
        """See ``Cluster``."""
        path = _PLACES[manifest["kind"]].format(namespace=manifest["metadata"]["namespace"])
        try:
            await self._requests.request("POST", path, body=manifest)
        except exceptions.ApiException as error:
            said = requests.words(error)
            if error.status == HTTPStatus.CONFLICT and requests.reason(error) == "AlreadyExists":
                raise cluster.ExistsError(said) from None
            if error.status in _REFUSALS:
                raise cluster.RefusedError(said) from None
            raise

    async def change(self, found: Mapping[str, Any], **parts: Any) -> None:
        """See ``Cluster``."""
        metadata = found["metadata"]
        place = _PLACES[found["kind"]].format(namespace=metadata["namespace"])
        paths = {"data": "/data", "labels": "/metadata/labels"}
        same = {"op": "test", "path": "/metadata/uid", "value": metadata["uid"]}
        patch = [{"op": "add", "path": paths[part], "value": parts[part]} for part in parts]
        try:
            path = f"{place}/{metadata['name']}"
            await self._requests.request("PATCH", path, body=[same, *patch])
        except exceptions.ApiException as error:
            if error.status in _REFUSALS:
                raise cluster.RefusedError(requests.words(error)) from None
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def delete(self, kind: str, found: Mapping[str, Any]) -> None:
        """See ``Cluster``."""
        metadata = found["metadata"]
        place = _PLACES[kind].format(namespace=metadata["namespace"])
        options = {
            "propagationPolicy": "Foreground" if kind == "Job" else "Background",
            "preconditions": {"uid": metadata["uid"]},
        }
        try:
            await self._requests.request("DELETE", f"{place}/{metadata['name']}", body=options)
        except exceptions.ApiException as error:
            if error.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
                raise

    async def write_status(self, namespace: str, name: str, status: Mapping[str, Any]) -> None:
        """See ``Cluster``."""
        path = f"{_IMAGEBUILDS.format(namespace=namespace)}/{name}/status"
        patch = [{"op": "add", "path": "/status", "value": dict(status)}]
        try:
            await self._requests.request("PATCH", path, body=patch)
        except exceptions.ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise


async def _end_of(response: aiohttp.ClientResponse, size: int) -> bytes:
    """The last bytes of an answer of any length; never more than twice as many are held."""
    kept = bytearray()
    async with response:
        async for piece in response.content.iter_chunked(_PIECE):
            kept += piece
            if len(kept) > 2 * size:
                del kept[:-size]
    return bytes(kept[-size:])
