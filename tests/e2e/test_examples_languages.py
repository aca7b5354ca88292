"""The examples in languages that have a toolchain: what comes out of each, and that it runs."""

import base64
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from tests import cluster
from tests.e2e import examples, private

ROOT = Path(__file__).parents[2]
# What the project's images are made of.
TREE = (".dockerignore", "Dockerfile", "operator", "pyproject.toml", "requirements.lock")
NOON = "2026-01-31T12:00:00Z"
ELF = b"\x7fELF"
# e_machine of an ELF header (System V ABI): bytes 18 and 19.
X86_64, AARCH64 = 62, 183
MAIN_GO = """\
package main

import "os"

var version string

func main() { os.Stdout.WriteString("service " + version + "\\n") }
"""


@pytest.fixture(scope="module")
def built(shared, registry):
    """The image and status of an example that is begun when it is asked for."""

    def build(file, name, replaced=None, **more):
        shared.apply(*examples.objects(file, shared, registry, replaced))
        return examples.published(shared, registry, name, **more)

    return build


def machine(program):
    assert program.startswith(ELF)
    return int.from_bytes(program[18:20], "little")


def test_a_go_program_is_built_from_vendored_modules_without_a_network(built, shared):
    image, status = built("go-vendored", "go-vendored")
    assert list(image.texts()) == ["/hello"]
    assert image.config["config"]["Entrypoint"] == ["/hello"]
    assert image.config["config"]["User"] == "65532"
    assert cluster.output(shared, status["image"]) == "Good morning, vendor\n"


def test_a_go_service_of_a_repository_is_pushed_with_its_credentials(
    built, shared, outside, registry
):
    files = {"backend/go.mod": "module service\n\ngo 1.19\n", "backend/go.sum": ""}
    history = {"at": NOON, "tag": "v1.4.0", "files": {**files, "backend/main.go": MAIN_GO}}
    service = outside.repository("service-go", history)
    shared.apply(private.secret("registry", host=registry.name))
    replaced = {
        "https://git.example.com/team-a/service.git": service.url,
        "golang:1.24": "golang:1.19",
    }
    image, status = built("from-git", "service", replaced)
    assert list(image.texts()) == ["/service"]
    assert image.config["config"]["Entrypoint"] == ["/service"]
    assert image.config["config"]["ExposedPorts"] == {"8080/tcp": {}}
    assert cluster.output(shared, status["image"]) == "service 1.4.0\n"


def test_two_images_of_a_go_program_share_all_that_the_smaller_one_holds(built, registry):
    image, status = built("two-images", "greet")
    final, debug = (registry.pull(entry["image"]) for entry in status["published"])
    assert final.digest == image.digest
    layers = final.manifest["layers"]
    assert debug.manifest["layers"][: len(layers)] == layers
    assert set(final.texts(above=1)) == {"/usr/local/bin/greet"}
    assert set(debug.texts(above=1)) == {"/usr/local/bin/greet", "/src/main.go"}
    assert [tag.rpartition(":")[2] for tag in status["published"][0]["tags"]] == ["1.0", "latest"]


def test_one_index_holds_a_program_for_each_platform(shared, registry):
    shared.apply(*examples.objects("cross-compile", shared, registry))
    status = cluster.until(shared, "cross-compile", "Published", seconds=300)["status"]
    assert "warnings" not in status
    found = registry.platforms(status["image"])
    programs = {platform: one.read("/platform") for platform, one in found.items()}
    assert {platform: machine(program) for platform, program in programs.items()} == {
        "linux/amd64": X86_64,
        "linux/arm64": AARCH64,
    }
    for one in found.values():
        assert list(one.texts()) == ["/platform"]
        assert one.config["config"]["Entrypoint"] == ["/platform"]
    rows = {(row["name"], row.get("platform")) for row in status["stages"]}
    assert {platform for name, platform in rows if name == "final"} == set(programs)


def test_a_c_program_is_one_file_that_runs_on_nothing(built, shared):
    image, status = built("c-static", "c-static")
    assert list(image.texts()) == ["/hello"]
    assert image.entry("/hello").size < 1_000_000
    assert image.entry("/hello").mode == 0o755
    assert image.config["config"]["User"] == "65532"
    assert cluster.output(shared, status["image"]) == "Hello from C\n"


def test_a_node_service_leaves_its_sources_behind(built, shared):
    image, status = built("node", "node-service")
    # The base's two layers hold no /app.
    own = {path for path in image.texts() if path.startswith("/app/")}
    assert own == {"/app/package.json", "/app/server.js"}
    config = image.config["config"]
    assert config["User"] == "node"
    assert config["WorkingDir"] == "/app"
    assert config["Cmd"] == ["node", "server.js"]
    assert {"NODE_ENV=production", "PORT=3000"} < set(config["Env"])
    assert config["ExposedPorts"] == {"3000/tcp": {}}
    said = cluster.output(shared, status["image"], "node", "server.js", "--once")
    assert said == "Hello, node\n"


def wheel():
    """A package of one module, as a wheel (PEP 427)."""
    about = "greeting-1.0.dist-info"
    files = {
        "greeting.py": "def of(name):\n    return f'Hello, {name}'\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{about}/RECORD"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in {**files, f"{about}/RECORD": record}.items():
            archive.writestr(path, text)
    return packed.getvalue()


def packed(files):
    """A tar of files: name -> content, or a path on this machine."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for name, content in files.items():
            if isinstance(content, Path):
                tar.add(content, name, filter=without_bytecode)
            else:
                item = tarfile.TarInfo(name)
                item.size = len(content)
                tar.addfile(item, io.BytesIO(content))
    return base64.b64encode(data.getvalue()).decode()


def without_bytecode(item):
    return None if "__pycache__" in item.name else item


def test_python_packages_come_from_wheels_and_no_index_is_asked(built, shared, outside):
    app = b"import greeting\nprint(greeting.of('wheel'))\n"
    files = {
        "app.py": app,
        "requirements.txt": b"greeting==1.0\n",
        "wheels/greeting-1.0-py3-none-any.whl": wheel(),
    }
    greeter = outside.repository("greeter", {"at": NOON, "archive": packed(files), "name": "head"})
    replaced = {"https://git.example.com/team-a/greeter.git": greeter.url}
    image, status = built("python-wheels", "python-wheels", replaced)
    own = {path for path in image.texts() if path.startswith(("/app/", "/wheels", "/root"))}
    assert {"/app/app.py", "/app/packages/greeting.py"} <= own
    assert not [path for path in own if path.endswith((".whl", "requirements.txt"))]
    assert image.config["config"]["User"] == "65532"
    tag = f"20260131120000-{greeter.commits['head'][:7]}"
    assert status["published"][0]["tags"][0].endswith(f":{tag}")
    assert cluster.output(shared, status["image"]) == "Hello, wheel\n"


def test_this_operators_own_image_is_built_by_itself(built, shared, outside, registry):
    tree = packed({name: ROOT / name for name in TREE})
    own = outside.repository("imagebuild", {"at": NOON, "archive": tree, "name": "head"})
    replaced = {
        "https://git.example.com/imagebuild/imagebuild.git": own.url,
        "registry.example.com/imagebuild/wheels:main": f"{registry.name}/imagebuild/wheels:main",
    }
    image, status = built("own-image", "imagebuild-operator", replaced)
    texts = image.texts()
    source = (ROOT / "operator/imagebuild/controller/__main__.py").read_text()
    assert texts["/opt/imagebuild/imagebuild/controller/__main__.py"] == source
    assert not [path for path in texts if path.startswith(("/wheels", "/src"))]
    config = image.config["config"]
    assert config["Entrypoint"] == ["python", "-m", "imagebuild.controller"]
    assert config["User"] == "65532:65532"
    assert config["Labels"]["org.opencontainers.image.version"] == own.commits["head"][:7]
    states = {row["name"]: row["state"] for row in status["stages"]}
    assert states["operator"] == "Succeeded"
    assert states["builder"] == "Skipped"
    imports = "import imagebuild.controller.__main__ as main; print(main.__name__)"
    said = cluster.output(shared, status["image"], "python", "-c", imports)
    assert said == "imagebuild.controller.__main__\n"
