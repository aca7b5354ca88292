"""Where in the spec a failure of a context is, and how its words call the context."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests import repositories
from tests.orders import ORDER
from tests.repositories import Quiet, commit, new

from imagebuild.contract.order import Context, Git, Http
from imagebuild.contract.report import Cause, Failure
from imagebuild.worker import contexts
from imagebuild.worker.contexts import bounds
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.solve import inputs
from imagebuild.worker.workspace import Workspace

ABSENT = "d" * 40
SUM = "a" * 64
NOWHERE = "http://127.0.0.1:1/x"
Failing = Callable[[Context], Failure]
IMAGE = "registry.example/a@sha256:" + SUM


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A repository with a directory, and a submodule that has no address."""
    directory = new(tmp_path_factory.mktemp("remotes") / "app")
    commit(directory, {"web/main": "1\n", "a": "2\n"})
    gone = {"url": "https://169.254.169.254/x", "commit": ABSENT}
    repositories.add_submodule(directory, "sub", **gone)
    return f"file://{directory}"


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A server: of one broken archive, and of a place that sends on to a link-local one."""

    class Site(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - http.server's name
            moved = self.path.startswith("/moved")
            self.send_response(302 if moved else 200)
            if moved:
                self.send_header("Location", "http://169.254.169.254/latest?key=secret")
            self.end_headers()
            self.wfile.write(b"content")

    with repositories.serving(Site) as served:
        yield served


@pytest.fixture
def failure(space: Workspace, within: Limits) -> Failing:
    """How a context fails."""

    def failed(context: Context) -> Failure:
        with pytest.raises(FailedError) as raised:
            contexts.bring(context, workspace=space, limits=within, log=lambda _line: None)
        return raised.value.failure

    return failed


GIT = [
    (".git.ref", "RefNotFound", {"ref": "nobranch"}),
    (".git.ref", "RefNotFound", {"ref": "a..b"}),
    (".git.commit", "CommitNotFound", {"commit": ABSENT}),
    (".git.commit", "CommitNotFound", {"commit": "main"}),
    (".git.subPath", "PathNotFound", {"sub_path": "nowhere"}),
    (".git.subPath", "PathNotFound", {"sub_path": "a"}),
    (".git.subPath", "PathRefused", {"sub_path": "../x"}),
    (".git.paths", "PathNotFound", {"paths": ("a", "nowhere")}),
    (".git.paths", "PathRefused", {"paths": ("../x",)}),
    (".git.paths", "PathRefused", {"paths": ("a",), "sub_path": "web"}),
    (".git.submodules", "HostRefused", {"submodules": True}),
    (".git.url", "GitAuth", {"url": "ssh://git.example/x"}),
    (".git.url", "UrlRefused", {"url": "ftp://git.example/x"}),
    (".git.url", "Unreachable", {"url": NOWHERE}),
    (".git.url", "Unreachable", {"url": NOWHERE, "commit": ABSENT}),
    (".git.url", "HostRefused", {"url": "http://169.254.169.254/x"}),
]


@pytest.mark.parametrize(("field", "word", "asked"), GIT, ids=[f"{w}-{a}" for _, w, a in GIT])
def test_a_failure_of_git_is_at_its_field(
    url: str, failure: Failing, field: str, word: str, asked: dict[str, object]
) -> None:
    git = Git(**{"url": url, **asked})  # type: ignore[arg-type]
    found = failure(Context("theme", git=git, path="spec.contexts[2]"))
    assert found.path == f"spec.contexts[2]{field}"
    assert found.error.startswith(f"{word}: context theme: ")


OTHERS = [
    (".http.url", "DownloadFailed", Context("x", http=Http(NOWHERE, SUM))),
    (".http.url", "UrlRefused", Context("x", http=Http("http://host.example:99999/x", SUM))),
    (".http.sha256", "ChecksumMismatch", Context("x", http=Http("{site}/a", SUM))),
    (".flux", "ChecksumMismatch", Context("x", http=Http("{site}/a", SUM, flux=True))),
    (".flux", "DownloadFailed", Context("x", http=Http(NOWHERE, SUM, flux=True))),
    (".oci.image", "HostRefused", Context("x", oci="169.254.169.254/a:1")),
    (".files", "PathRefused", Context("x", files={"../a": ""})),
    (".files", "ContextUnreadable", Context("x", files={"a": "", "a/b": ""})),
    (".configMap", "ContextUnreadable", Context("x", directory="/absent")),
    (".persistentVolumeClaim.subPath", "PathNotFound", Context("x", volume="/absent")),
    (".ignore[1]", "ContextInvalid", Context("x", files={"a": ""}, ignore=("b", "[", "[["))),
]


@pytest.mark.parametrize(
    ("field", "word", "context"), OTHERS, ids=[f"{f}-{w}" for f, w, _ in OTHERS]
)
def test_a_failure_of_any_context_is_at_its_field(
    site: str, failure: Failing, field: str, word: str, context: Context
) -> None:
    source = context.http and replace(context.http, url=context.http.url.format(site=site))
    main = replace(context, name="context", http=source, path="spec.context")
    found = failure(main)
    assert found.path == f"spec.context{field}"
    assert found.error.startswith(f"{word}: the context: ")


def test_a_context_that_the_spec_does_not_hold_has_no_path(failure: Failing) -> None:
    found = failure(Context("imagebuild.files", files={"../a": ""}))
    assert found.path is None


def test_a_refused_redirect_is_told_with_where_it_came_from(site: str, failure: Failing) -> None:
    context = Context("geo", http=Http(f"{site}/moved", SUM), path="spec.contexts[0]")
    assert failure(context).error == (
        f"HostRefused: context geo: {site}/moved sends on to another place: "
        "http://169.254.169.254/latest: its host 169.254.169.254 is link-local"
    )


@pytest.mark.parametrize(
    ("bound", "words"),
    [(("MAX_FILES", 1_000), "more than 1,000 files: "), (("MAX_BYTES", 2**29), "than 0.5 GiB: ")],
)
def test_what_is_too_large_says_by_which_bound(
    monkeypatch: pytest.MonkeyPatch, bound: tuple[str, int], words: str
) -> None:
    monkeypatch.setattr(bounds, *bound)
    with pytest.raises(FailedError, match=f"^TooLarge: .*{words}take less"):
        bounds.Tally(mend="take less").add(2**30, files=2_000)


def test_an_image_that_cannot_be_laid_out_is_told_with_its_context(
    space: Workspace, within: Limits
) -> None:
    def extract(_name: str, _reference: str) -> Path:
        raise FailedError(Failure(Cause.SOLVE, "no such image"))

    context = Context("context", image=IMAGE, path="spec.context")
    order = replace(ORDER, contexts=(context,))
    brought = {"context": contexts.Brought(reference=IMAGE)}
    with pytest.raises(FailedError, match=r"^no such image$") as raised:
        inputs.lay(order, brought, extract=extract, workspace=space, limits=within)
    assert raised.value.failure.path == "spec.context.imageBuild"
