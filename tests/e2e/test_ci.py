"""docs/ci.md as it stands: CI names the commit, waits, and learns what became of it."""

import json

import pytest
from tests import cluster
from tests.e2e import pages
from tests.e2e.specs import one, to

PAGE = "docs/ci.md"
GOOD = """\
FROM alpine:3.18
COPY word /word
USER 65532
CMD ["cat", "/word"]
"""
BAD = """\
FROM alpine:3.18
RUN echo broken on purpose; exit 3
"""
# From an image that somebody else pushes later.
LATE = """\
FROM {base}
COPY word /word
"""
CLIENT_SIDE = "Where Git is applied on the client's side"
RUN = ("The pipeline's rights", "Run it", "When it fails", "Give the field back", CLIENT_SIDE)


@pytest.fixture(scope="module")
def base(shared, registry):
    """An image that is not there."""
    return f"{registry.name}/{shared.namespace}/base:1"


@pytest.fixture(scope="module")
def commits(outside, base):
    """Where the repository is, and its commits."""
    return outside.repository(
        "shop",
        {"name": "one", "files": {"Dockerfile": GOOD, "word": "one\n"}},
        {"name": "bad", "files": {"Dockerfile": BAD}},
        {"name": "late", "files": {"Dockerfile": LATE.format(base=base), "word": "late\n"}},
        {"name": "two", "files": {"Dockerfile": GOOD, "word": "two\n"}},
        {"name": "side", "branch": "side", "from": "one", "files": {"word": "side\n"}},
    )


def page_in(kubectl, registry, commits):
    """The page's blocks, of this cluster and namespace."""
    replaced = {
        "https://git.example.com/team-a/shop.git": commits.url,
        "registry.example.com/team-a/": f"{registry.name}/{kubectl.namespace}/",
        "team-a": kubectl.namespace,
    }
    return list(pages.blocks(PAGE, replaced))


def laid_out(page, place):
    """A terminal where the files of the page are."""
    for name, text in pages.files(page).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return pages.Terminal(place)


@pytest.fixture(scope="module")
def page(shared, registry, commits):
    return page_in(shared, registry, commits)


@pytest.fixture(scope="module")
def terminal(page, tmp_path_factory):
    """The page's files, and all done that is done once."""
    here = laid_out(page, tmp_path_factory.mktemp("ci"))
    here.follow(pages.commands(page, "The pipeline's rights"))
    return here


@pytest.fixture
def build(terminal):
    """Run the script with the pipeline's own rights: what it printed, and how it ended."""

    def run(commit, **env):
        script = f"sh build-image.sh shop {commit}"
        return terminal.run(script, KUBECONFIG="ci.kubeconfig", **env)

    return run


def commit_of(shared):
    return shared.get("imagebuild", "shop")["spec"]["context"]["git"].get("commit")


def test_every_command_of_the_page_is_run_here():
    shown = {b.heading for b in pages.blocks(PAGE) if b.language == "console"}
    assert shown == set(RUN)


def test_a_commit_is_named_and_its_image_printed(terminal, page, commits, shared, registry):
    *_, printed, built, owned = terminal.follow(
        pages.commands(page, "Run it"), COMMIT=commits.commits["one"]
    )
    assert registry.pull(printed).read("/word") == b"one\n"
    assert cluster.output(shared, printed) == "one\n"
    assert built == f"{commits.commits['one']} is what was built: {commits.commits['one']}"
    assert json.loads(owned)["f:spec"]["f:context"] == {"f:git": {"f:commit": {}}}


def test_the_same_commit_again_builds_nothing(build, commits, shared):
    first = build(commits.commits["one"])
    before = shared.get("imagebuild", "shop")
    again = build(commits.commits["one"])
    assert (again.returncode, again.stdout) == (0, first.stdout), again.stderr
    after = shared.get("imagebuild", "shop")
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


def test_a_commit_that_fails_ends_the_script_with_its_log(build, terminal, page, commits, shared):
    good = build(commits.commits["one"]).stdout.strip()
    failed = build(commits.commits["bad"])
    assert failed.returncode == 1, failed.stderr
    assert failed.stdout == ""
    for words in ("StepFailed: ", "broken on purpose", "exit code: 3"):
        assert words in failed.stderr

    table, reason, log = terminal.follow(
        pages.commands(page, "When it fails"), KUBECONFIG="ci.kubeconfig"
    )
    assert "StepFailed" in table
    assert reason.startswith("StepFailed: ")
    assert "broken on purpose" in log
    assert shared.get("imagebuild", "shop")["status"]["image"] == good


def test_the_log_of_a_failure_is_shown_when_its_pod_is_gone(build, terminal, page, commits, shared):
    build(commits.commits["bad"])
    job = shared.get("imagebuild", "shop")["status"]["build"]["job"]
    shared("delete", "pods", "--selector", f"job-name={job}")

    def told():
        status = shared.get("imagebuild", "shop")["status"]
        return "get configmap" in status["failure"]["command"]

    cluster.wait_until(told, what="the command is the one for the kept log")
    *_, log = terminal.follow(pages.commands(page, "When it fails"), KUBECONFIG="ci.kubeconfig")
    assert "broken on purpose" in log


def test_a_commit_that_failed_is_built_when_the_pipeline_runs_again(build, commits, shared, base):
    failed = build(commits.commits["late"])
    assert "ImageNotFound: " in failed.stderr
    shared.apply(cluster.imagebuild("base", one({"run": "true"}, publish=to(base))))
    cluster.until(shared, "base", "Published")
    number = shared.get("imagebuild", "shop")["status"]["build"]["number"]
    again = build(commits.commits["late"])
    assert again.returncode == 0, again.stderr
    found = shared.get("imagebuild", "shop")
    assert found["status"]["build"]["number"] == number + 1
    assert again.stdout.strip() == found["status"]["image"]


def test_a_commit_that_is_not_on_the_branch_is_not_built(build, commits):
    failed = build(commits.commits["side"])
    assert failed.returncode == 1
    assert "CommitNotOnRef" in failed.stderr


def test_the_script_waits_no_longer_than_it_is_told(build, commits, shared):
    build(commits.commits["one"])
    suspend = ("patch", "imagebuild", "shop", "--type=merge", "--patch")
    shared(*suspend, '{"spec":{"suspend":true}}')
    try:
        late = build(commits.commits["two"], TIMEOUT="1")
    finally:
        shared(*suspend, '{"spec":{"suspend":null}}')
    assert late.returncode == 2, late.stderr
    assert "Suspended: " in late.stderr
    cluster.until(shared, "shop", "Published")


@pytest.mark.parametrize("manager", ["git", "kustomize-controller", "argocd-controller"])
def test_git_that_is_applied_again_leaves_the_commit(build, terminal, commits, shared, manager):
    build(commits.commits["two"])
    before = shared.get("imagebuild", "shop")
    how = ("--server-side", f"--field-manager={manager}", "--force-conflicts")
    shared("apply", *how, "--filename", str(terminal.place / "shop.yaml"))
    assert commit_of(shared) == commits.commits["two"]
    after = shared.get("imagebuild", "shop")
    assert after["metadata"]["generation"] == before["metadata"]["generation"]


def owned_by_ci(kubectl):
    """What the manager `ci` owns of an ImageBuild's spec."""
    found = json.loads(kubectl("get", "imgb", "shop", "-o", "json", "--show-managed-fields"))
    (own,) = [m for m in found["metadata"]["managedFields"] if m["manager"] == "ci"]
    return own["fieldsV1"]["f:spec"]


@pytest.fixture
def client_side(namespace, registry, commits, tmp_path):
    """An ImageBuild that was applied on the client's side and builds nothing: a terminal there."""
    page = page_in(namespace, registry, commits)
    here = laid_out(page, tmp_path)
    file = tmp_path / "shop.yaml"
    file.write_text(file.read_text().replace("spec:\n", "spec:\n  suspend: true\n", 1))
    namespace("apply", "--filename", str(file))
    return here, pages.commands(page, CLIENT_SIDE)


def name_commit(kubectl, commit):
    """What the script's first command answers."""
    git = {"git": {"commit": commit}}
    sent = json.dumps(cluster.imagebuild("shop", {"context": git}))
    how = ("apply", "--server-side", "--field-manager=ci", "--filename", "-")
    return kubectl(*how, stdin=sent, check=False)


def test_the_trap_of_the_clients_side_is_there_and_its_way_out_leads_out(
    namespace, client_side, commits
):
    one, two = commits.commits["one"], commits.commits["two"]
    here, (mend, _) = client_side
    assert "failed to re-apply configuration after performing" in name_commit(namespace, one)
    assert "spec.context.git.url: Required value" in name_commit(namespace, two)
    here.follow([mend])
    name_commit(namespace, two)
    assert commit_of(namespace) == two
    assert owned_by_ci(namespace) == {"f:context": {"f:git": {"f:commit": {}}}}


def test_on_the_clients_side_a_patch_names_the_commit(namespace, client_side, commits):
    here, (_, patch) = client_side
    here.follow([patch], COMMIT=commits.commits["one"])
    namespace("apply", "--filename", str(here.place / "shop.yaml"))
    assert commit_of(namespace) == commits.commits["one"]
    assert owned_by_ci(namespace) == {"f:context": {"f:git": {"f:commit": {}}}}


def test_a_field_that_is_given_back_is_gone_and_the_branch_decides(
    build, terminal, page, commits, shared
):
    build(commits.commits["one"])
    terminal.follow(pages.commands(page, "Give the field back"), KUBECONFIG="ci.kubeconfig")
    assert commit_of(shared) is None
    source = cluster.until(shared, "shop", "Published")["status"]["source"]
    assert (source["ref"], source["commit"]) == ("main", commits.commits["two"])


def test_the_pipeline_has_no_right_beyond_its_imagebuild(terminal):
    for asked in (
        "create imagebuilds",
        "patch imagebuilds/other",
        "get secrets",
        "delete jobs",
        "list configmaps",
    ):
        answer = terminal.run(f"kubectl auth can-i {asked}", KUBECONFIG="ci.kubeconfig")
        assert answer.stdout.strip() == "no", asked


def test_a_commit_for_an_imagebuild_that_is_not_there_is_refused(terminal, commits):
    other = f"sh build-image.sh other {commits.commits['one']}"
    refused = terminal.run(other, KUBECONFIG="ci.kubeconfig")
    assert refused.returncode == 1
    assert "forbidden" in refused.stderr


def test_a_short_id_is_refused_in_words_that_the_page_has(terminal, commits):
    short = f"sh build-image.sh shop {commits.commits['one'][:7]}"
    refused = terminal.run(short, KUBECONFIG="ci.kubeconfig")
    assert refused.returncode == 1
    words = "this is no full id of a commit"
    assert words in refused.stderr
    assert words in (pages.ROOT / PAGE).read_text()
