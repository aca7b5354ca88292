"""What the worker is told to do."""

from dataclasses import replace

import pytest
from tests.builders import NOW, SPEC, World, another, ordered

from imagebuild.contract import order as orders
from imagebuild.contract import places

SHA256 = "7e" * 32
URL = "https://git.example.com/a.git"
IMAGE = f"registry.example.com/team/base@sha256:{SHA256}"
ARTIFACT = {"url": "http://source-controller/a.tar.gz", "digest": f"sha256:{SHA256}"}
NEEDED = [
    {
        "name": "final",
        "from": "alpine:3.18",
        "steps": [{"copy": ["/a"], "from": "data", "to": "/"}],
    }
]


def test_the_order_says_all_that_the_worker_is_to_do():
    found = ordered(args=[{"name": "A", "value": "1"}], timeoutSeconds=60)
    assert found.goal is orders.Goal.BUILD
    assert found.targets == (
        orders.Target("final", images=("registry.example.com/team/hello:1.0",)),
    )
    assert found.contexts[0].files == SPEC["context"]["files"]
    assert found.args == {"A": "1"}
    assert found.timeout_seconds == 60
    assert [stage.name for stage in found.stages] == ["builder", "final"]
    assert found.dockerfile.text.count("FROM ") == 2
    assert (found.started, found.lint) == (int(NOW.timestamp()), orders.Lint.WARN)
    assert (found.offline, found.reproducible, found.no_cache) == (False, False, ())


@pytest.mark.parametrize(
    ("dockerfile", "place", "expected"),
    [
        ({"inline": "FROM a:1\n"}, "spec.dockerfile.inline", orders.Dockerfile(text="FROM a:1\n")),
        ({"path": "Dockerfile"}, "spec.dockerfile.path", orders.Dockerfile(path="Dockerfile")),
        (
            {"path": "Dockerfile", "context": "data"},
            "spec.dockerfile.path",
            orders.Dockerfile(path="Dockerfile", context="data"),
        ),
    ],
)
def test_a_users_dockerfile_goes_to_the_worker_as_it_is(dockerfile, place, expected):
    contexts = [{"name": "data", "files": {"Dockerfile": "FROM a:1\n"}}]
    found = ordered(stages=None, dockerfile=dockerfile, contexts=contexts)
    assert (found.dockerfile, found.dockerfile_path, found.stages) == (expected, place, ())
    assert [context.name for context in found.contexts] == ["context", "data"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            {"git": {"url": URL}},
            orders.Context("data", git=orders.Git(URL)),
        ),
        (
            {
                "git": {
                    "url": URL,
                    "ref": "main",
                    "commit": "a" * 40,
                    "subPath": "src",
                    "paths": ["src/a", "go.mod"],
                    "submodules": True,
                    "keepGitDir": True,
                },
                "ignore": ["*.md", "!a.md"],
            },
            orders.Context(
                "data",
                git=orders.Git(
                    URL,
                    ref="main",
                    commit="a" * 40,
                    sub_path="src",
                    paths=("src/a", "go.mod"),
                    submodules=True,
                    keep_git_dir=True,
                ),
                ignore=("*.md", "!a.md"),
            ),
        ),
        ({"files": {"a": "b"}}, orders.Context("data", files={"a": "b"})),
        (
            {"configMap": {"name": "map"}},
            orders.Context("data", directory=f"{places.CONTEXTS_DIR}/data"),
        ),
        (
            {"http": {"url": "https://example.com/a.tar", "sha256": SHA256}},
            orders.Context("data", http=orders.Http("https://example.com/a.tar", SHA256)),
        ),
        (
            {"oci": {"image": "registry.example.com/a:1"}},
            orders.Context("data", oci="registry.example.com/a:1"),
        ),
        (
            {"persistentVolumeClaim": {"claimName": "claim"}},
            orders.Context("data", volume=f"{places.CONTEXTS_DIR}/data"),
        ),
        (
            {"persistentVolumeClaim": {"claimName": "claim", "subPath": "a/b"}},
            orders.Context("data", volume=f"{places.CONTEXTS_DIR}/data/a/b"),
        ),
        ({"imageBuild": {"name": "base"}}, orders.Context("data", image=IMAGE)),
        (
            {"flux": {"kind": "Bucket", "name": "assets"}},
            orders.Context("data", http=orders.Http(ARTIFACT["url"], SHA256, flux=True)),
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_context_is_what_the_worker_brings(source, expected):
    found = ordered(
        contexts=[{"name": "data", **source}],
        stages=NEEDED,
        config_maps={"map": {"a": "1"}},
        image_builds={"base": another(("final", IMAGE))},
        flux={"assets": ARTIFACT},
    )
    assert found.contexts[1:] == (replace(expected, path="spec.contexts[0]"),)


def test_the_main_context_has_a_name_of_its_own():
    found = ordered(context={"git": {"url": URL}})
    main = orders.Context(orders.MAIN_CONTEXT, git=orders.Git(URL), path="spec.context")
    assert found.contexts == (main,)


def test_only_contexts_that_a_needed_stage_uses_are_ordered():
    contexts = [{"name": name, "files": {"a": "b"}} for name in ("data", "unused", "skipped")]
    skipped = {
        "name": "other",
        "from": "alpine:3.18",
        "steps": [{"copy": ["/a"], "from": "skipped", "to": "/"}],
    }
    found = ordered(contexts=contexts, stages=[skipped, *NEEDED])
    assert [context.name for context in found.contexts] == ["context", "data"]


def test_what_file_steps_write_comes_in_a_context_of_its_own():
    stages = [{**NEEDED[0], "steps": [{"file": {"path": "/a", "content": "x\n"}}]}]
    found = ordered(stages=stages)
    assert found.contexts[-1] == orders.Context(orders.FILES_CONTEXT, files={"0-0": "x\n"})


def test_platforms_go_to_the_worker():
    platforms = ["linux/amd64", "linux/arm64"]
    assert ordered(platforms=platforms).platforms == tuple(platforms)


def test_without_publish_the_last_stage_is_built_and_goes_nowhere():
    assert ordered(publish=None).targets == (orders.Target(),)


def test_a_target_says_all_about_its_image():
    entry = {
        "images": ["registry.example.com/team/hello:$(commit7)"],
        "labels": {"version": "$(tag)"},
        "annotations": {"built": "$(date)"},
        "compression": {"type": "Zstd", "level": 9},
        "archive": {"persistentVolumeClaim": {"claimName": "data"}, "path": "images/a.tar"},
    }
    first = {"stage": "builder", "images": ["registry.example.com/team/builder:1"]}
    assert ordered(publish=[first, entry]).targets[1] == orders.Target(
        stage=None,
        images=("registry.example.com/team/hello:$(commit7)",),
        labels={"version": "$(tag)"},
        annotations={"built": "$(date)"},
        compression="zstd",
        compression_level=9,
        archive=f"{places.ARCHIVES_DIR}/1/images/a.tar",
    )


@pytest.mark.parametrize("publish", [SPEC["publish"], None])
def test_gates_follow_what_is_published_and_go_nowhere(publish):
    stages = [{"name": "tests", "from": "builder"}]
    stages = [SPEC["stages"][0], *stages, SPEC["stages"][1]]
    found = ordered(stages=stages, gates=["tests", "builder"], publish=publish).targets
    assert [target.stage for target in found[1:]] == ["tests", "builder"]
    assert not any(target.published for target in found[1:])


def test_capitals_in_the_names_of_a_dockerfiles_stages_do_not_count():
    publish = [{"stage": "Final", "images": ["registry.example.com/team/hello:1"]}]
    found = ordered(
        stages=None, dockerfile={"inline": "FROM a:1\n"}, gates=["Test"], publish=publish
    ).targets
    assert [target.stage for target in found] == ["final", "test"]


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"network": "None"}, "offline", True),
        ({"network": "Default"}, "offline", False),
        ({"timestamps": "Source"}, "reproducible", True),
        ({"timestamps": "Build"}, "reproducible", False),
        ({"lint": "Fail"}, "lint", orders.Lint.FAIL),
        ({"lint": "Ignore"}, "lint", orders.Lint.IGNORE),
        (
            {"stages": [{**s, "noCache": True} for s in SPEC["stages"]], "publish": None},
            "no_cache",
            ("builder", "final"),
        ),
        (
            {
                "stages": [{"name": "other", "from": "a:1", "noCache": True}, *SPEC["stages"]],
            },
            "no_cache",
            (),
        ),
    ],
)
def test_how_to_build_goes_to_the_worker(changes, field, expected):
    assert getattr(ordered(**changes), field) == expected


def test_a_value_from_a_config_map_is_a_literal_and_facts_stay_facts():
    args = [
        {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "map", "key": "a"}}},
        {"name": "B", "value": "$(commit7)"},
    ]
    found = ordered(args=args, config_maps={"map": {"a": "1 $(commit7) $x"}})
    assert found.args == {"A": "1 $$(commit7) $x", "B": "$(commit7)"}


def test_a_later_attempt_is_of_the_same_start():
    world = World()
    world.look()
    world.wait(90)
    before = world.status
    world.jobs = {}
    created = world.look().create
    assert world.status["build"]["startedAt"] == before["build"]["startedAt"]
    notes = created[1]["metadata"]["annotations"]
    assert notes["imagebuild.dev/startedAt"] == before["build"]["startedAt"]
    # The status that told of it is lost: the Job knows.
    world.raw["status"] = {"observedGeneration": -1}
    world.look()
    assert world.status["build"]["startedAt"] == before["build"]["startedAt"]


NOISE = "".join(chr(0x4E00 + i * 7919 % 20000) for i in range(260_000))


def noisy(count):
    return {f"{i}.txt": NOISE[i:] + NOISE[:i] for i in range(count)}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"context": {"files": {**noisy(6), "small.txt": "x"}}}, "spec.context.files["),
        (
            {"contexts": [{"name": "data", "files": noisy(6)}], "stages": NEEDED},
            "spec.contexts[0].files[",
        ),
        (
            {
                "stages": [
                    {
                        **NEEDED[0],
                        "steps": [
                            {"file": {"path": f"/{name}", "content": content}}
                            for name, content in noisy(6).items()
                        ],
                    }
                ]
            },
            "spec.stages[0].steps[0].file.content",
        ),
    ],
    ids=["context", "contexts", "files"],
)
def test_an_order_that_is_too_large_names_its_largest_part(changes, path):
    world = World()
    world.edit(**changes)
    assert world.look().create == ()
    assert world.ready == ("False", "InvalidSpec", ["Stalled"])
    assert world.status["failure"]["path"].startswith(path)
