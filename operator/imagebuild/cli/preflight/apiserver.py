"""What the preflight asks of an API server, as plain JSON in and out."""

import json
import os
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import kubernetes
import urllib3

JSON = dict[str, Any]

_SECONDS = 30.0


class RefusedError(Exception):
    """The API server did not do what it was asked, in its own words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class UnreachableError(Exception):
    """There is no API server to ask: no kubeconfig and no service account, or no answer."""


class ApiServer:
    """The one of the pod that this runs in, else of the kubeconfig."""

    def __init__(self) -> None:
        _configure()
        client: Any = kubernetes.client.ApiClient()
        client.set_default_header("User-Agent", "imagebuild-preflight")
        self._client = client

    def get(self, path: str) -> JSON:
        """The object or list at a path, as ``/api/v1/nodes``. Raises RefusedError, as all here."""
        return _plain(self._send("GET", path, {}))

    def create(self, path: str, manifest: Mapping[str, Any], **query: str) -> JSON:
        """Create it, or with ``dryRun="All"`` have it only looked at; the object that came of it.

        ``path``: of the list that it goes into, as ``/api/v1/namespaces/NAME/pods``.
        """
        return _plain(self._send("POST", path, query, manifest))

    def delete(self, path: str) -> None:
        """Delete an object at once, without a grace period; nothing where it is gone."""
        try:
            self._send("DELETE", path, {"gracePeriodSeconds": "0"})
        except RefusedError as refused:
            if refused.status != HTTPStatus.NOT_FOUND:
                raise

    def text(self, path: str) -> str:
        """What a path answers that is no object: a pod's log."""
        return self._send("GET", path, {}).decode(errors="replace")

    def _send(self, method: str, path: str, query: Mapping[str, str], body: Any = None) -> bytes:
        prepared = self._client.param_serialize(
            method,
            path,
            query_params=list(query.items()),
            header_params={"Accept": "application/json, */*", "Content-Type": "application/json"},
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            answer = self._client.call_api(*prepared, _request_timeout=_SECONDS)
            data: bytes = answer.read()
        except (kubernetes.client.ApiException, urllib3.exceptions.HTTPError) as error:
            raise UnreachableError(f"the API server does not answer: {error}") from error
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise RefusedError(answer.status, _words(data) or str(answer.reason))
        return data


def _configure() -> None:
    configuration: Any = kubernetes.config
    try:
        configuration.load_incluster_config()
    except kubernetes.config.ConfigException:
        try:
            configuration.load_kube_config(config_file=os.environ.get("KUBECONFIG"))
        except kubernetes.config.ConfigException as error:
            raise UnreachableError(str(error)) from None


def _plain(data: bytes) -> JSON:
    found: JSON = json.loads(data)
    return found


def _words(data: bytes) -> str:
    try:
        return str(json.loads(data)["message"])
    except (ValueError, KeyError, TypeError):
        return data.decode(errors="replace")
