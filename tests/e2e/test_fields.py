"""Every field of a stage and a step as it comes out in the image."""

from tests import cluster
from tests.e2e.builds import published
from tests.e2e.specs import ALPINE, one, stage, stages

ODD = 'it\'s a "file" $HOME.txt'


def test_every_field_comes_out_as_written(namespace, registry):
    spec = {
        "context": {"files": {ODD: "odd\n", "dir/a": "a\n", "dir/b": "b\n", "c.sh": "#!/bin/sh\n"}},
        "args": [{"name": "VERSION", "value": 'v1 "x" $HOME'}, {"name": "TAG", "value": "3.18"}],
        "stages": [
            stage(
                {"run": 'exec > /tmp/seen; pwd; id -u; echo "$A|$VERSION"'},
                {"user": 0},
                {"workdir": "deep/er"},
                {"run": "pwd > /pwd"},
                {"copy": [ODD.replace("$", r"\$")], "to": "./"},
                {"copy": ["dir"], "to": "/dir/", "chown": "1000:50", "chmod": "0640"},
                {"copy": ["c.sh"], "to": "/bin/c", "chmod": "u=rwx,go=rx"},
                {"env": [{"name": "PATH", "value": "/opt/bin:$PATH"}]},
                {"env": [{"name": "B", "value": "${A}b"}]},
                {"args": ["VERSION"]},
                {"run": 'echo "$VERSION" > /version; echo "$B" > /b'},
                {"user": "1000:50"},
                name="final",
                base="alpine:$TAG",
                env=[{"name": "A", "value": "a \\$ 'q' \"d\""}],
                workdir="/srv",
                user=1234,
                entrypoint=["/bin/c", "$NOT", "touched"],
                cmd=["--flag", "with blank"],
                expose=[8080, "53/udp"],
                labels={"org.example/words": 'say "hi" \\$5', "org.example.empty": ""},
            )
        ],
    }  # fmt: skip
    image, status = published(namespace, registry, spec)

    config = image.config["config"]
    assert config["Entrypoint"] == ["/bin/c", "$NOT", "touched"]
    assert config["Cmd"] == ["--flag", "with blank"]
    assert config["WorkingDir"] == "/srv/deep/er"
    assert config["User"] == "1000:50"
    assert set(config["ExposedPorts"]) == {"8080/tcp", "53/udp"}
    labels = {"org.example/words": 'say "hi" $5', "org.example.empty": ""}
    assert {**config["Labels"], **labels} == config["Labels"]
    env = dict(line.split("=", 1) for line in config["Env"])
    assert env["A"] == "a $ 'q' \"d\""
    assert env["B"] == env["A"] + "b"
    assert env["PATH"].startswith("/opt/bin:/")
    assert "VERSION" not in env

    seen = image.read("/tmp/seen")  # noqa: S108 - in the image, where user 1234 may write
    assert seen.decode() == f"/srv\n1234\n{env['A']}|\n"
    assert image.read("/pwd") == b"/srv/deep/er\n"
    assert image.read("/version").decode() == 'v1 "x" $HOME\n'
    assert image.read("/b").decode() == f"{env['B']}\n"
    assert image.read(f"/srv/deep/er/{ODD}") == b"odd\n"
    for path in ("/dir/a", "/dir/b"):
        entry = image.entry(path)
        assert (entry.uid, entry.gid, oct(entry.mode)) == (1000, 50, "0o640")
    assert oct(image.entry("/bin/c").mode) == "0o755"
    assert [(row["name"], row["steps"]) for row in status["stages"]] == [("final", 9)]


SCRIPT = """\
a='single $(not run)'; b="double `echo run`"
echo "$a|$b|$(echo sub)|${UNSET:-fallback}|$((1 + 2))" > /out
cat > /doc <<EOF
# not a comment
RUN not an instruction
  $a \\$a \\\\ back
EOF
printf '%s\\n' 'it'"'"'s' "tab\there" 'a\\b' '\\' >> /out
cat <<'A' <<'B' >> /out
first $a
A
second `x`
B
echo last \\
  joined >> /out
"""
OUT = """\
single $(not run)|double run|sub|fallback|3
it's
tab\there
a\\b
\\
second `x`
last joined
"""
DOC = """\
# not a comment
RUN not an instruction
  single $(not run) $a \\ back
"""


def test_a_script_runs_exactly_as_it_is_written(namespace, registry):
    image, _ = published(namespace, registry, one({"run": SCRIPT}))
    assert image.read("/out").decode() == OUT
    assert image.read("/doc").decode() == DOC


def test_a_script_ends_at_the_first_command_that_fails(namespace):
    namespace.apply(cluster.imagebuild("ends", one({"run": "false\necho never reached"})))
    failure = cluster.until(namespace, "ends", "StepFailed")["status"]["failure"]
    assert failure["exitCode"] == 1
    assert "never reached" not in failure.get("logTail", "")


def test_a_final_stage_from_scratch_holds_what_was_copied_and_nothing_else(namespace, registry):
    spec = stages(
        stage({"run": "mkdir /out; echo a > /out/a; echo b > /out/b"}, name="builder"),
        stage(
            {"copy": ["/out"], "from": "builder", "to": "/"},
            {"copy": ["/bin/busybox"], "from": ALPINE, "to": "/from-an-image"},
            name="final",
            base="scratch",
            cmd=["/a"],
        ),
    )
    image, status = published(namespace, registry, spec)
    assert set(image.files()) == {"/a", "/b", "/from-an-image"}
    assert image.config["config"]["Cmd"] == ["/a"]
    # The empty image is no step; the image copied from is none of this stage.
    assert [row["steps"] for row in status["stages"]] == [2, 2]


def test_two_stages_are_published_and_what_neither_needs_is_skipped(namespace, registry):
    where = f"{registry.name}/{namespace.namespace}"
    spec = stages(
        stage({"run": "echo shared > /shared"}, name="base"),
        stage({"run": "echo unneeded"}, name="unneeded", base="no-such-image:1"),
        stage({"copy": ["/shared"], "from": "base", "to": "/a"}, name="a", base="scratch"),
        stage({"copy": ["/shared"], "from": "base", "to": "/b"}, name="b", base="scratch"),
        publish=[
            {"stage": "b", "images": [f"{where}/b:1", f"{where}/b:latest"]},
            {"stage": "a", "images": [f"{where}/a:1"]},
        ],
    )
    namespace.apply(cluster.imagebuild("two", spec))
    status = cluster.until(namespace, "two", "Published")["status"]
    assert [(p["stage"], p["tags"]) for p in status["published"]] == [
        ("b", [f"{where}/b:1", f"{where}/b:latest"]),
        ("a", [f"{where}/a:1"]),
    ]
    assert status["image"] == status["published"][0]["image"]
    for entry in status["published"]:
        name = entry["stage"]
        for tag in entry["tags"]:
            assert registry.pull(tag).digest == entry["digest"]
        assert registry.pull(entry["image"]).read(f"/{name}") == b"shared\n"
    states = {row["name"]: row["state"] for row in status["stages"]}
    assert states == {
        "base": "Succeeded",
        "unneeded": "Skipped",
        "a": "Succeeded",
        "b": "Succeeded",
    }
    assert status["progress"] == "3/3"


def test_without_publish_the_last_stage_is_built_and_nothing_is_pushed(namespace):
    namespace.apply(cluster.imagebuild("check", one({"run": "true"})))
    status = cluster.until(namespace, "check", "Built")["status"]
    assert status["progress"] == "1/1"
    assert "image" not in status
    assert "published" not in status
    (pod,) = namespace.items("pods")
    assert "pushing" not in namespace("logs", pod["metadata"]["name"], "-c", "build")


def test_a_config_map_is_a_context_with_the_files_that_its_items_name(namespace, registry):
    data = {"main": "one\n", "other": "two\n", "left-out": "three\n"}
    items = [{"key": "main", "path": "src/main.txt"}, {"key": "other", "path": "other"}]
    namespace.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "files"}, "data": data}
    )
    copying = stages(stage({"copy": ["."], "to": "/"}, base="scratch"))
    image, _ = published(
        namespace,
        registry,
        {**copying, "context": {"configMap": {"name": "files", "items": items}}},
    )
    assert {path: image.read(path) for path in image.files()} == {
        "/src/main.txt": b"one\n",
        "/other": b"two\n",
    }
    image, _ = published(
        namespace, registry, {**copying, "context": {"configMap": {"name": "files"}}}, name="all"
    )
    assert {path: image.read(path).decode() for path in image.files()} == {
        f"/{name}": text for name, text in data.items()
    }


def test_a_syntax_line_brings_in_no_other_frontend(namespace, registry):
    text = "# syntax=docker/dockerfile:1\nFROM alpine:3.18 AS final\nRUN echo built > /built\n"
    image, status = published(namespace, registry, {"dockerfile": {"inline": text}})
    assert image.read("/built") == b"built\n"
    assert [(row["name"], row["state"]) for row in status["stages"]] == [("final", "Succeeded")]
    (pod,) = namespace.items("pods")
    log = namespace("logs", pod["metadata"]["name"], "-c", "build")
    assert "docker/dockerfile" not in log.replace("# syntax=docker/dockerfile:1", "")


def test_arguments_reach_a_dockerfile(namespace, registry):
    text = 'ARG TAG\nFROM alpine:$TAG\nARG WORDS\nRUN echo "$WORDS" > /words\n'
    spec = {
        "dockerfile": {"inline": text},
        "args": [{"name": "TAG", "value": "3.18"}, {"name": "WORDS", "value": "it's $HOME"}],
    }
    image, _ = published(namespace, registry, spec)
    assert image.read("/words") == b"it's $HOME\n"
