"""An ADD with a checksum, where a server answers with an error; as BuildKit 0.34.2 says it."""

import http
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from tests import repositories
from tests.orders import ORDER
from tests.repositories import Quiet

from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import explained, mistaken
from imagebuild.worker.limits import Limits
from imagebuild.worker.scene import Scene
from imagebuild.worker.workspace import Workspace


@dataclass
class Site:
    """Where a server listens, and what it answers at each path: 200 where nothing is said."""

    url: str = ""
    says: dict[str, int] = field(default_factory=dict)


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - http.server's name
            status = found.says.get(self.path, 200)
            self.send_response(status)
            if status == http.HTTPStatus.FOUND:
                self.send_header("Location", "/moved")
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"page")

    with repositories.serving(Handler) as url:
        found.url = url
        yield found


@pytest.fixture
def scene(space: Workspace, within: Limits) -> Scene:
    return Scene(ORDER, None, space, within)


def of_another_sum(url: str, *, cause: Cause = Cause.SOLVE, sources: str = "[{}, /x]") -> Failure:
    vertex = f"[a 2/3] ADD --checksum=sha256:2 --link {sources.format(url)}"
    return Failure(cause, "digest mismatch sha256:1: sha256:2", vertex=vertex)


@pytest.mark.parametrize(
    ("status", "answer"), [(404, "HTTP 404 Not Found"), (503, "HTTP 503 Service Unavailable")]
)
def test_what_a_server_answered_is_told_and_not_the_sum_of_its_page(
    site: Site, scene: Scene, status: int, answer: str
) -> None:
    url = f"{site.url}/a.tar"
    site.says["/a.tar"] = status
    told = explained.explained(of_another_sum(url), scene)
    assert told.error == f"{url}: {answer}; BuildKit took that answer for the file"
    assert replace(told, error="") == replace(of_another_sum(url), error="")


@pytest.mark.parametrize("sources", ["{} /x", "[{}, /x]", "{} x y/"])
def test_the_url_is_read_from_an_add_however_it_is_written(
    site: Site, scene: Scene, sources: str
) -> None:
    url = f"{site.url}/a,b.tar?c=[d]"
    site.says["/a,b.tar?c=[d]"] = 404
    told = mistaken.explained(of_another_sum(url, sources=sources), scene)
    assert told.error.startswith(f"{url}: HTTP 404 Not Found; ")


def test_an_error_where_the_server_sends_on_to_is_told(site: Site, scene: Scene) -> None:
    site.says |= {"/a.tar": 302, "/moved": 404}
    told = mistaken.explained(of_another_sum(f"{site.url}/a.tar"), scene)
    assert f"sends on to {site.url}/moved: HTTP 404 Not Found; BuildKit took" in told.error


def test_a_file_of_another_sum_stays_one(site: Site, scene: Scene) -> None:
    failure = of_another_sum(f"{site.url}/a.tar")
    assert mistaken.explained(failure, scene) == failure


def test_a_server_that_has_gone_changes_nothing(scene: Scene) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        failure = of_another_sum(f"http://127.0.0.1:{taken.getsockname()[1]}/a.tar")
        assert mistaken.explained(failure, scene) == failure


def test_a_link_local_server_is_not_asked(scene: Scene) -> None:
    failure = of_another_sum("http://169.254.169.254/latest/meta-data")
    assert mistaken.explained(failure, scene) == failure


def test_a_server_that_says_nothing_is_waited_for_seconds(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mistaken, "_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        failure = of_another_sum(f"http://127.0.0.1:{silent.getsockname()[1]}/a.tar")
        begun = time.monotonic()
        assert mistaken.explained(failure, scene) == failure
    assert time.monotonic() - begun < 5


def test_only_a_solve_can_be_mistaken_so(site: Site, scene: Scene) -> None:
    site.says["/a.tar"] = 404
    failure = of_another_sum(f"{site.url}/a.tar", cause=Cause.CONTEXT)
    assert mistaken.explained(failure, scene) == failure
