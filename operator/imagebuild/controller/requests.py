"""Requests to the API server, as plain JSON in and out.

They go through ``kubernetes.aio``'s client one level below its typed calls: their models would more
than double the operator's memory, and the core works on plain JSON.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import aiohttp
from kubernetes.aio.client import api_client, exceptions

from imagebuild.controller.cluster import JSON

TIMEOUT_SECONDS = 30.0
USER_AGENT = "imagebuild-operator"
# What the API server answers that is no success, and what happens on the way to it.
FAILURES = (exceptions.ApiException, aiohttp.ClientError, OSError)


class Requests:
    """What can be asked of an API server; what is no success raises ApiException."""

    def __init__(self, client: api_client.ApiClient) -> None:
        self._client = client
        client.set_default_header("User-Agent", USER_AGENT)

    async def get_or_none(self, path: str) -> JSON | None:
        """The object at this path; None where there is none."""
        try:
            data = await self.request("GET", path)
        except exceptions.ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        found: JSON = json.loads(data)
        return found

    async def items(self, path: str, query: Mapping[str, str]) -> Sequence[JSON]:
        """The objects of the list at this path."""
        found: JSON = json.loads(await self.request("GET", path, query=query))
        return found.get("items") or []

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        seconds: float = TIMEOUT_SECONDS,
    ) -> bytes:
        """The answer's body."""
        response = await self.send(method, path, query=query, body=body, seconds=seconds)
        return await response.read()

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        seconds: float = TIMEOUT_SECONDS,
    ) -> aiohttp.ClientResponse:
        """The answer, its body yet to be read."""
        kind = "application/json-patch+json" if method == "PATCH" else "application/json"
        prepared = await self._client.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": "application/json, */*", "Content-Type": kind},
            body=body,
            auth_settings=["BearerToken"],
        )
        answer = await self._client.call_api(*prepared, _request_timeout=seconds)
        response: aiohttp.ClientResponse = answer.response
        if response.status >= HTTPStatus.BAD_REQUEST:
            data = await response.read()
            raise exceptions.ApiException.from_response(
                http_resp=answer, body=data.decode(errors="replace"), data=None
            )
        return response


def _status_of(error: exceptions.ApiException) -> JSON:
    try:
        found = json.loads(error.body or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def reason(error: exceptions.ApiException) -> str:
    """The API server's own word for what went wrong; "" where it is not the API server's."""
    return str(_status_of(error).get("reason", ""))


def words(error: exceptions.ApiException) -> str:
    """The same in a sentence."""
    return str(_status_of(error).get("message") or error.reason)
