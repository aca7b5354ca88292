"""What is asked of the API server, and what its answers mean."""

import json
from types import SimpleNamespace

import pytest
from kubernetes.aio.client import exceptions

from imagebuild.controller import apiserver

FOUND = {"metadata": {"name": "hello-1-1", "namespace": "team-a", "uid": "u"}}


class Client:
    """The client of the API server, of which each request has the same answer.

    ``asked``: the method, the path and the body of each request.
    """

    def __init__(self, status, **words):
        self.asked = []

        async def read():
            return json.dumps({"kind": "Status", **words}).encode()

        self.response = SimpleNamespace(status=status, read=read)

    def set_default_header(self, name, value):
        pass

    async def param_serialize(self, method, path, *, body, **_):
        self.asked.append((method, path, body))
        return (method, path)

    async def call_api(self, *_, **__):
        response = self.response
        return SimpleNamespace(response=response, status=response.status, reason="", headers={})


@pytest.mark.parametrize(
    ("kind", "path", "policy"),
    [
        ("ConfigMap", "/api/v1/namespaces/team-a/configmaps/hello-1-1", "Background"),
        ("Job", "/apis/batch/v1/namespaces/team-a/jobs/hello-1-1", "Foreground"),
    ],
)
async def test_only_the_object_that_was_read_is_deleted(kind, path, policy):
    client = Client(200)
    await apiserver.ApiServer(client).delete(kind, FOUND)
    options = {"propagationPolicy": policy, "preconditions": {"uid": "u"}}
    assert client.asked == [("DELETE", path, options)]


@pytest.mark.parametrize(("status", "reason"), [(404, "NotFound"), (409, "Conflict")])
async def test_what_is_gone_or_another_one_needs_no_deletion(status, reason):
    client = Client(status, reason=reason)
    await apiserver.ApiServer(client).delete("Job", FOUND)
    assert len(client.asked) == 1, "it is not tried again"


async def test_a_deletion_that_the_api_server_refuses_is_no_success():
    with pytest.raises(exceptions.ApiException, match="403"):
        await apiserver.ApiServer(Client(403, reason="Forbidden")).delete("Job", FOUND)
