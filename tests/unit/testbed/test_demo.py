"""What the demo says of a build is so: what runs, what failed, what the image holds."""

import pytest
from testbed import buildview, demo, install, say


@pytest.mark.parametrize(
    "path",
    [
        "/usr/local/go/bin/go",
        "/usr/bin/x86_64-linux-gnu-gcc-12",
        "/usr/bin/c++",
        "/app/main.go",
        "/app/go.mod",
        "/usr/include/stdio.h",
    ],
)
def test_a_compiler_or_source_in_an_image_is_found(path):
    assert demo.traces_of_building(["/bin/busybox", path]) == [path]


def test_programs_that_only_sound_like_a_compiler_are_none():
    paths = ["/usr/local/bin/main", "/bin/link", "/bin/ar", "/usr/bin/cargo-cult", "/etc/passwd"]
    assert demo.traces_of_building(paths) == []


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("golang:1.19", "library/golang:1.19"),
        ("docker.io/library/golang:1.19", "library/golang:1.19"),
        ("moby/buildkit:v0.34.2-rootless", "moby/buildkit:v0.34.2-rootless"),
    ],
)
def test_short_names_are_docker_io_s(name, place):
    assert demo.public_place(name) == place


def test_a_name_at_another_registry_is_no_short_name():
    with pytest.raises(say.Failure, match="no short name"):
        demo.public_place("registry.example.com/team/app:1")


def stage(name, state, done, **more):
    return {"name": name, "state": state, "steps": 4, "stepsDone": done, **more}


def build(*stages, observed=1, conditions=(), **status):
    ready = [{"type": kind, "status": value} for kind, value in conditions]
    status.update(observedGeneration=observed, stages=list(stages), conditions=ready)
    return {"metadata": {"generation": 1}, "status": status}


def test_each_change_of_a_stage_is_one_line(capsys):
    done = stage("builder", "Succeeded", 4, durationMs=10_592)
    end = build(done, conditions=[("Ready", "True")])
    changes = [
        build(stage("builder", "Running", 1)),
        build(stage("builder", "Running", 1, durationMs=900)),
        build(stage("builder", "Running", 2, currentStep="RUN go build")),
        build(done),
        end,
        build(stage("never", "Running", 1)),
    ]
    assert buildview.follow(iter(changes)) is end
    words = [line.split()[2:] for line in capsys.readouterr().out.splitlines()]
    assert words == [
        ["builder", "Running", "1/4"],
        ["builder", "Running", "2/4", "RUN", "go", "build"],
        ["builder", "Succeeded", "4/4", "10.6", "s"],
    ]


def test_what_was_said_of_an_older_generation_ends_nothing(capsys):
    old = build(stage("old", "Succeeded", 4), observed=0, conditions=[("Ready", "True")])
    new = build(stage("new", "Cached", 4), conditions=[("Ready", "True")])
    assert buildview.follow(iter([old, new])) is new
    assert "old" not in capsys.readouterr().out


def test_a_failed_build_says_what_failed_and_what_to_do():
    failure = {
        "reason": "StepFailed",
        "message": "stage builder step 1: exit code 2",
        "mend": "Change the step.",
        "logTail": "main.go:5: undefined",
    }
    failed = build(conditions=[("Ready", "False"), ("Stalled", "True")], failure=failure)
    with pytest.raises(say.Failure) as raised:
        buildview.follow(iter([failed]))
    for words in ("StepFailed: stage builder", "undefined", "to do: Change the step."):
        assert words in str(raised.value)


def test_a_build_that_does_not_end_fails_the_demo():
    with pytest.raises(say.Failure, match="not ended in time"):
        buildview.follow(iter([build(stage("builder", "Running", 1))]))


def test_the_made_images_take_the_place_of_those_in_the_manifests():
    manifests = "image: imagebuild.dev/operator:0.1.0\nvalue: imagebuild.dev/builder:0.1.0\n"
    names = {"operator": "imagebuild.dev/operator:abc", "builder": "imagebuild.dev/builder:def"}
    made = install.with_images(manifests, names)
    assert made == "image: imagebuild.dev/operator:abc\nvalue: imagebuild.dev/builder:def\n"


def test_manifests_without_one_of_the_images_are_not_installed():
    with pytest.raises(say.Failure, match="builder"):
        install.with_images(
            "image: imagebuild.dev/operator:0.1.0", {"operator": "a", "builder": "b"}
        )
