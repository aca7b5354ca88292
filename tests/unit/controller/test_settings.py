"""Settings come from one file and from the environment above it, and a slip is an error."""

import pydantic
import pytest

from imagebuild.controller.settings import OperatorSettings
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Bounds, Logs, Registry


@pytest.fixture
def file(tmp_path, monkeypatch):
    for name in ("SETTINGS", "BUILDER_IMAGE", "HISTORY", "NAMESPACES"):
        monkeypatch.delenv(f"IMAGEBUILD_{name}", raising=False)
    path = tmp_path / "settings.yaml"
    monkeypatch.setenv("IMAGEBUILD_SETTINGS", str(path))

    def write(text):
        path.write_text(text, encoding="utf-8")

    return write


def test_the_file_speaks_as_kubernetes_does(file):
    file("""
builderImage: builder:1
registries: {"mirror:5000": {http: true}, docker.io: {mirrors: ["mirror:5000"]}}
resources: {limits: {memory: 4Gi}}
timeoutSeconds: 60
""")
    found = OperatorSettings().for_core(Profile(Kind.USERNS))
    assert found.builder_image == "builder:1"
    assert found.registries["docker.io"] == Registry(("mirror:5000",))
    assert found.registries["mirror:5000"] == Registry(http=True)
    assert found.resources == {"limits": {"memory": "4Gi"}}
    assert found.timeout_seconds == 60


def test_the_environment_goes_before_the_file(file, monkeypatch):
    file("builderImage: builder:1\nhistory: 3\n")
    monkeypatch.setenv("IMAGEBUILD_BUILDER_IMAGE", "builder:2")
    assert OperatorSettings().builder_image == "builder:2"
    assert OperatorSettings().history == 3


def test_only_names_with_the_prefix_count(file, monkeypatch):
    file("builderImage: builder:1\n")
    for name in ("HISTORY", "history", "TIMEOUTSECONDS"):
        monkeypatch.setenv(name, "9")
    assert OperatorSettings().history == 5
    assert OperatorSettings().timeout_seconds == 3600


@pytest.mark.parametrize("text", ["builderImag: b\n", "registries: {a: {htp: true}}\n"])
def test_a_slip_in_the_file_is_an_error(file, text):
    file(f"builderImage: builder:1\n{text}")
    with pytest.raises(pydantic.ValidationError):
        OperatorSettings()


@pytest.mark.usefixtures("file")
def test_without_a_file_the_environment_is_enough(monkeypatch):
    monkeypatch.setenv("IMAGEBUILD_BUILDER_IMAGE", "builder:2")
    assert OperatorSettings().fixed_profile() is None


def test_an_explicit_profile_asks_no_node(file):
    local = "seccompProfile: profiles/build.json\nappArmorProfile: build\n"
    file(f"builderImage: b\nsecurityProfile: unconfined\n{local}")
    found = Profile(Kind.UNCONFINED, "profiles/build.json", "build")
    assert OperatorSettings().fixed_profile() == found


def test_logs_are_kept_unless_the_setting_says_otherwise(file):
    profile = Profile(Kind.USERNS)
    file("builderImage: b\n")
    assert OperatorSettings().for_core(profile).logs == Logs(128, "")
    file("builderImage: b\nlogs: {keptKiB: 0, url: 'https://logs.example.com/$(pod)'}\n")
    found = OperatorSettings().for_core(profile).logs
    assert found == Logs(0, "https://logs.example.com/$(pod)")


@pytest.mark.parametrize(
    ("logs", "words"),
    [
        ("{keptKiB: 701}", "less than or equal to 700"),
        ("{keptKiB: -1}", "greater than or equal to 0"),
        ("{kept: 1}", "Extra inputs"),
        ("{url: 'https://l/$(pod)/$(node)'}", r"there is no \$\(node\); use \$\(namespace\)"),
        ("{url: 'logs.example.com'}", "begin it with https://"),
    ],
)
def test_a_setting_of_logs_that_cannot_be_is_an_error(file, logs, words):
    file(f"builderImage: b\nlogs: {logs}\n")
    with pytest.raises(pydantic.ValidationError, match=words):
        OperatorSettings()


def test_bounds_are_said_in_kubernetes_quantities(file):
    file("""
builderImage: builder:1
bounds: {processes: 512, fileSize: 1Gi, stateSize: 20G}
""")
    found = OperatorSettings().for_core(Profile(Kind.USERNS)).bounds
    assert found == Bounds(processes=512, file_bytes=1024**3, state_bytes=20 * 10**9)


def test_bounds_that_are_not_said_are_those_of_the_core(file):
    file("builderImage: builder:1\n")
    assert OperatorSettings().for_core(Profile(Kind.USERNS)).bounds == Bounds()


@pytest.mark.parametrize(
    "bounds", ["{fileSize: 3 GB}", "{stateSize: 4Ki}", "{processes: 8}", "{files: 1}"]
)
def test_bounds_in_which_nothing_can_be_built_are_an_error(file, bounds):
    file(f"builderImage: builder:1\nbounds: {bounds}\n")
    with pytest.raises(pydantic.ValidationError):
        OperatorSettings()
