"""Settings come from one file and from the environment above it, and a slip is an error."""

import re
import textwrap

import certifi
import pytest

from imagebuild.controller import settings
from imagebuild.controller.settings import file as files
from imagebuild.core.profile import Kind, Profile
from imagebuild.core.settings import Bounds, Logs, Registry

BY_NODES = Profile(Kind.USERNS, nodes=("worker-2",))


def certificate():
    """Some authority's, in PEM."""
    pattern = r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n"
    return re.search(pattern, certifi.contents(), re.DOTALL)[0]


def held(namespace="team-a", auto=BY_NODES):
    """What holds in this namespace by the file and the environment."""
    return settings.load().for_namespace(namespace, auto=auto)


def test_the_file_speaks_as_kubernetes_does(file):
    file("""
builderImage: builder:1
registries: {"mirror:5000": {http: true}, docker.io: {mirrors: ["mirror:5000"]}}
resources: {limits: {memory: 4Gi}}
timeoutSeconds: 60
""")
    found = held()
    assert found.builder_image == "builder:1"
    assert found.registries["docker.io"] == Registry(("mirror:5000",))
    assert found.registries["mirror:5000"] == Registry(http=True)
    assert found.resources == {"limits": {"memory": "4Gi"}}
    assert found.timeout_seconds == 60


def test_the_environment_goes_before_the_file(file, monkeypatch):
    file("builderImage: builder:1\nhistory: 3\n")
    monkeypatch.setenv("IMAGEBUILD_BUILDER_IMAGE", "builder:2")
    assert settings.load().builder_image == "builder:2"
    assert settings.load().history == 3


def test_only_names_with_the_prefix_count(file, monkeypatch):
    file("builderImage: builder:1\n")
    for name in ("HISTORY", "history", "TIMEOUTSECONDS"):
        monkeypatch.setenv(name, "9")
    assert settings.load().history == 5
    assert settings.load().timeout_seconds == 3600


# (text of the file, its place in the file and what is said of it)
SLIPS = [
    ("builderImag: b", r"settings\.yaml: there is no setting builderImag here; known are .*hands"),
    ("builder_image: b", "there is no setting builder_image here"),
    ("registries: {a: {htp: true}}", r"registries\.a: there is no setting htp here; .* http, m"),
    ("overrides: [{namespaces: [a], hands: 3}]", r"overrides\[0\]: there is no setting hands"),
    ("overrides: [{history: 3}]", r"overrides\[0\]\.namespaces: Field required"),
    ("overrides: [{namespaces: [Team]}]", r"overrides\[0\]\.namespaces\[0\]: 'Team' is no name"),
    ("timeoutSeconds: 0", "timeoutSeconds: .* greater than or equal to 1"),
    ("policy: {pushTo: [alpine]}", r"policy\.pushTo\[0\]: 'alpine' is no HOST/PATH of images"),
    ("policy: {pushTo: ['r.io/a:1']}", r"policy\.pushTo\[0\]: 'r.io/a:1' is no HOST/PATH"),
    ("policy: {pullFrom: [team/app]}", "'team/app' names no host; of Docker Hub it is docker.io/"),
    ("policy: {pullFrom: [docker.io/alpine]}", "write docker.io/library/alpine"),
    ("policy: {lint: fail}", r"policy\.lint: Input should be 'Warn' or 'Fail'"),
    ("policy: {maxResources: {cpu: lots}}", r"policy\.maxResources\.cpu: 'lots' is no quantity"),
    ("policy: {secretsOn: [main]}", "'main' is no ref in full, as refs/heads/main"),
    ("resources: {limits: {memory: 4GB}}", r"resources\.limits\.memory: '4GB' is no quantity"),
    ("proxy: {http: 'proxy:3128'}", r"proxy\.http: 'proxy:3128' is no http://HOST:PORT"),
    ("proxy: {http: 'http://p:1/x'}", "has more than http://HOST:PORT"),
    ("caCertificates: {company: nothing}", "company holds no certificates in PEM"),
    ("caCertificates: {a/b: nothing}", "'a/b' is no name of a file"),
    ("caCertificates: {a: '-----BEGIN PRIVATE KEY-----'}", "a holds a private key"),
    ("pullSecrets: [A]", r"pullSecrets\[0\]: 'A' is no name of a Secret"),
    ("resources: {limits: {memory: 0}}", r"resources\.limits\.memory: 0 would be no limit"),
    ("resources: {limits: {ephemeral-storage: 0Gi}}", "0Gi would be no limit"),
    ("policy: {maxResources: {memory: '0'}}", r"policy\.maxResources\.memory: 0 would be no"),
    ("policy: {maxResources: {memmory: 1Gi}}", "no resource memmory; did you mean memory"),
    ("resources: {requests: {gpu: 1}}", r"resources\.requests: there is no resource gpu; use cpu"),
    ("timeoutSeconds: true", "timeoutSeconds: true is no whole number"),
    ("bounds: {processes: 512.0}", r"bounds\.processes: 512.0 is no whole number"),
    ("registries: {'https://r.io': {}}", "'https://r.io' is no HOST or HOST:PORT"),
    ("registries: {r.io: {mirrors: ['http://m']}}", r"mirrors\[0\]: 'http://m' is no HOST:PORT"),
    ("seccompProfile: ../a.json", r"seccompProfile: '\.\./a\.json' is no path"),
    ("seccompProfile: ''", "seccompProfile: '' is no path"),
    ("policy: {secretsOn: ['git.io/a@refs/heads/b']}", "'git.io/a' is no https://"),
    ("policy: {secretsOn: ['https://g.io/a/../b@refs/heads/b']}", "is no https://"),
    ("policy: {lint: Fail}\npolicy: {}", "policy stands here twice"),
    ("policy: {lint: Fail, lint: Warn}", "lint stands here twice"),
    ("", "it is empty; write {} for the defaults"),
    ("# policy:", "it is empty; write {} for the defaults"),
    ("[builderImage]", "this is no map of settings"),
    ("history: [", "while parsing a flow node"),
]


@pytest.mark.parametrize(("text", "words"), SLIPS)
def test_a_slip_is_an_error_that_names_its_place(file, monkeypatch, text, words):
    monkeypatch.setenv("IMAGEBUILD_BUILDER_IMAGE", "builder:1")
    file(text)
    with pytest.raises(settings.SettingsError, match=words):
        settings.load()


def test_a_password_for_the_proxy_is_refused_and_not_repeated(file):
    file("builderImage: b\nproxy: {https: 'http://me:hunter2@proxy:3128'}\n")
    with pytest.raises(settings.SettingsError, match=r"proxy\.https: it holds a user") as error:
        settings.load()
    assert "hunter2" not in str(error.value)


def test_all_mistakes_are_told_at_once(file):
    file("builderImage: b\nhistory: 0\nattempts: 99\n")
    with pytest.raises(
        settings.SettingsError, match=r"(?s)history: .*attempts: |attempts.*history"
    ):
        settings.load()


@pytest.fixture
def mounted(file, tmp_path, monkeypatch):
    """Where a ConfigMap is mounted whose file no variable names."""
    del file
    monkeypatch.delenv("IMAGEBUILD_SETTINGS")
    monkeypatch.setenv("IMAGEBUILD_BUILDER_IMAGE", "builder:2")
    monkeypatch.setattr(files, "FILE", str(tmp_path / "settings.yaml"))
    return tmp_path


def test_where_no_config_map_is_mounted_the_environment_is_enough(mounted):
    (mounted / "..data").mkdir()
    assert settings.load().follows_nodes
    assert held().profile == BY_NODES


def test_a_config_map_without_the_file_is_an_error_that_names_what_it_has(mounted):
    (mounted / "setings.yaml").write_text("history: 3\n", encoding="utf-8")
    with pytest.raises(settings.SettingsError, match=r"no such file, but setings\.yaml beside"):
        settings.load()


@pytest.mark.usefixtures("file")
def test_a_variable_that_names_no_file_is_an_error(monkeypatch):
    monkeypatch.setenv("IMAGEBUILD_BUILDER_IMAGE", "builder:2")
    with pytest.raises(settings.SettingsError, match="IMAGEBUILD_SETTINGS names it"):
        settings.load()


def test_braces_alone_are_the_defaults(file, monkeypatch):
    monkeypatch.setenv("IMAGEBUILD_BUILDER_IMAGE", "builder:2")
    file("{}")
    assert held().profile == BY_NODES


def test_docker_hub_has_one_name(file):
    file("builderImage: b\npolicy: {pullFrom: ['index.docker.io/library/*']}\n")
    assert held().policy.pull_from == ("docker.io/library/*",)


def test_an_explicit_profile_asks_no_node(file):
    local = "seccompProfile: profiles/build.json\nappArmorProfile: build\n"
    file(f"builderImage: b\nsecurityProfile: unconfined\n{local}")
    assert not settings.load().follows_nodes
    assert held().profile == Profile(Kind.UNCONFINED, "profiles/build.json", "build")


@pytest.mark.parametrize("by_nodes", [Profile(Kind.UNCONFINED), BY_NODES], ids=lambda p: p.kind)
def test_the_profiles_of_the_nodes_go_with_either(file, by_nodes):
    file("builderImage: b\nseccompProfile: profiles/a.json\nappArmorProfile: a\n")
    expected = Profile(by_nodes.kind, "profiles/a.json", "a", by_nodes.nodes)
    assert held(auto=by_nodes).profile == expected


def test_certificates_are_taken_as_they_are(file):
    pem = certificate()
    file(f"builderImage: b\ncaCertificates:\n  company: |\n{textwrap.indent(pem, '    ')}")
    assert held().ca_certificates == {"company": pem}


def test_certificates_that_no_order_has_room_for_are_refused(file):
    pem = textwrap.indent(certificate() * 40, "    ")
    names = "".join(f"  c{n}: |\n{pem}" for n in range(3))
    file(f"builderImage: b\ncaCertificates:\n{names}")
    with pytest.raises(settings.SettingsError, match="caCertificates have more than 64 KiB"):
        settings.load()


def test_logs_are_kept_unless_the_setting_says_otherwise(file):
    file("builderImage: b\n")
    assert held().logs == Logs(128, "")
    file("builderImage: b\nlogs: {keptKiB: 0, url: 'https://logs.example.com/$(pod)'}\n")
    found = held().logs
    assert found == Logs(0, "https://logs.example.com/$(pod)")


@pytest.mark.parametrize(
    ("logs", "words"),
    [
        ("{keptKiB: 701}", "less than or equal to 700"),
        ("{keptKiB: -1}", "greater than or equal to 0"),
        ("{kept: 1}", "there is no setting kept here; known are keptKiB, url"),
        ("{url: 'https://l/$(pod)/$(node)'}", r"there is no \$\(node\); use \$\(namespace\)"),
        ("{url: 'logs.example.com'}", "begin it with https://"),
    ],
)
def test_a_setting_of_logs_that_cannot_be_is_an_error(file, logs, words):
    file(f"builderImage: b\nlogs: {logs}\n")
    with pytest.raises(settings.SettingsError, match=words):
        settings.load()


def test_bounds_are_said_in_kubernetes_quantities(file):
    file("""
builderImage: builder:1
bounds: {processes: 512, fileSize: 1Gi, stateSize: 20G}
""")
    found = held().bounds
    assert found == Bounds(processes=512, file_bytes=1024**3, state_bytes=20 * 10**9)


def test_bounds_that_are_not_said_are_those_of_the_core(file):
    file("builderImage: builder:1\n")
    assert held().bounds == Bounds()


@pytest.mark.parametrize(
    "bounds", ["{fileSize: 3 GB}", "{stateSize: 4Ki}", "{processes: 8}", "{files: 1}"]
)
def test_bounds_in_which_nothing_can_be_built_are_an_error(file, bounds):
    file(f"builderImage: builder:1\nbounds: {bounds}\n")
    with pytest.raises(settings.SettingsError):
        settings.load()
