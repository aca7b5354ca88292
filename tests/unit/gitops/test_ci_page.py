"""docs/ci.md's script ends as it says, by whatever kubectl answers; the snippets call it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.e2e import pages

COMMIT = "4f1c0de" + "0" * 33
OTHER = "e" * 40
IMAGE = "registry.example.com/team-a/shop@sha256:" + "7e" * 32
# Answers by what is asked; a wait that is not met ends with 1. Each call is written down.
KUBECTL = """\
#!/bin/sh
echo "$*" >> calls
case "$*" in
  apply*) cat > applied; exit "$APPLY" ;;
  annotate*) [ "$BUILDS_AGAIN" = no ] || touch asked ;;
  *lastHandledReconcileAt*) [ -e asked ] ;;
  *condition=Ready*) [ "$READY" = yes ] || [ -e asked ] ;;
  *condition=Stalled*) [ "$STALLED" = yes ] && ! [ -e asked ] ;;
  *spec.context.git.commit*) echo "$NAMED" ;;
  *status.source.commit*) printf %s "$BUILT" ;;
  *status.image*) echo "$IMAGE" ;;
  *failure.reason*) echo "StepFailed: no" ;;
  *failure.command*) echo "$COMMAND" ;;
  *message*) echo "Suspended: a build is due" ;;
  *status.current*) cat now; echo 'Building building' > now ;;
  *status.build.job*) printf shop-1-1 ;;
  logs*) echo "the log of $2" ;;
esac
"""
KNOWN = {
    "TIMEOUT": "0",
    "APPLY": "0",
    "READY": "no",
    "STALLED": "no",
    "NAMED": OTHER,
    "BUILDS_AGAIN": "no",
    "BUILT": COMMIT,
    "IMAGE": IMAGE,
    "COMMAND": "kubectl logs -n team-a job/shop-1-1 -c build",
}
BLOCKS = list(pages.blocks("docs/ci.md"))
FILES = pages.files(BLOCKS)


@pytest.fixture
def run(tmp_path):
    """Run the script with these answers."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(KUBECTL)
    kubectl.chmod(0o755)
    (tmp_path / "build-image.sh").write_text(FILES["build-image.sh"])

    def run(**answers):
        (tmp_path / "now").write_text("Building context\n")
        path = f"{tmp_path}:{os.environ['PATH']}"
        argv = ["sh", "build-image.sh", "shop", COMMIT]
        return subprocess.run(
            argv, cwd=tmp_path, env={"PATH": path, **KNOWN, **answers},
            text=True, capture_output=True, check=False, timeout=20,
        )  # fmt: skip

    return run


def test_a_commit_is_all_that_is_applied(run, tmp_path):
    run(READY="yes")
    applied = yaml.safe_load((tmp_path / "applied").read_text())
    assert applied["metadata"] == {"name": "shop"}
    assert applied["spec"] == {"context": {"git": {"commit": COMMIT}}}


def test_a_commit_of_digits_alone_stays_a_text(run, tmp_path):
    text = FILES["build-image.sh"].replace("commit=$2", f"commit={'1' * 40}")
    (tmp_path / "build-image.sh").write_text(text)
    run(READY="yes")
    applied = yaml.safe_load((tmp_path / "applied").read_text())
    assert applied["spec"]["context"]["git"]["commit"] == "1" * 40


def test_the_image_and_nothing_else_is_printed(run):
    done = run(READY="yes")
    assert (done.returncode, done.stdout) == (0, f"{IMAGE}\n"), done.stderr


def test_a_failure_is_told_with_its_log(run):
    done = run(STALLED="yes")
    assert (done.returncode, done.stdout) == (1, "")
    assert "StepFailed: no\nthe log of job/shop-1-1\n" in done.stderr


def test_what_failed_without_a_build_has_no_log_to_be_shown(run):
    done = run(STALLED="yes", COMMAND="")
    assert done.returncode == 1
    assert "the log" not in done.stderr


def requested(tmp_path):
    """The builds that were asked for by the annotation."""
    calls = (tmp_path / "calls").read_text().splitlines()
    return [call for call in calls if call.startswith("annotate imagebuild shop ")]


def test_the_commit_that_failed_is_built_again(run, tmp_path):
    done = run(STALLED="yes", NAMED=COMMIT, BUILDS_AGAIN="yes")
    assert (done.returncode, done.stdout) == (0, f"{IMAGE}\n"), done.stderr
    (call,) = requested(tmp_path)
    assert "--field-manager=ci " in call
    assert " imagebuild.dev/requestedAt=2" in call


def test_a_request_that_nobody_answers_is_told_as_the_failure_that_it_was(run):
    done = run(STALLED="yes", NAMED=COMMIT)
    assert done.returncode == 1
    assert "StepFailed: no" in done.stderr


@pytest.mark.parametrize(
    "answers",
    [{"READY": "yes", "NAMED": COMMIT}, {"STALLED": "yes", "NAMED": OTHER}, {"NAMED": COMMIT}],
    ids=["it is published", "another one failed", "it is being built"],
)
def test_nothing_else_is_built_again(run, tmp_path, answers):
    run(**answers)
    assert requested(tmp_path) == []


def test_what_takes_too_long_is_told_with_the_present_reason(run):
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("Suspended: a build is due\n")


def test_what_the_build_is_at_is_said_once(run):
    done = run(TIMEOUT="2")
    said = [line for line in done.stderr.splitlines() if line.startswith("Building")]
    assert said == ["Building context", "Building building"]


def test_the_image_of_another_commit_is_not_taken_for_this_ones(run):
    done = run(READY="yes", BUILT=OTHER)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"{OTHER} was built instead" in done.stderr


def test_what_is_refused_is_not_waited_for(run, tmp_path):
    done = run(APPLY="1", READY="yes")
    assert (done.returncode, done.stdout) == (1, "")
    assert (tmp_path / "calls").read_text().splitlines()[-1].startswith("apply ")


@pytest.mark.parametrize(
    ("name", "commit"),
    [(".github/workflows/image.yaml", "$GITHUB_SHA"), (".gitlab-ci.yml", "$CI_COMMIT_SHA")],
)
def test_the_snippets_run_the_script_for_the_commit_that_was_pushed(name, commit):
    assert yaml.safe_load(FILES[name])
    assert f'sh build-image.sh shop "{commit}"' in FILES[name]


def test_githubs_steps_leave_the_kubeconfig_to_those_that_follow(tmp_path):
    (job,) = yaml.safe_load(FILES[".github/workflows/image.yaml"])["jobs"].values()
    first = next(step for step in job["steps"] if "run" in step)
    assert first["env"] == {"CI_KUBECONFIG": "${{ secrets.CI_KUBECONFIG }}"}
    known = {"CI_KUBECONFIG": "kind: Config\n", "RUNNER_TEMP": str(tmp_path)}
    known["GITHUB_ENV"] = str(tmp_path / "env")
    subprocess.run(["sh", "-euc", first["run"]], env=os.environ | known, check=True, timeout=20)
    (line,) = (tmp_path / "env").read_text().splitlines()
    name, _, path = line.partition("=")
    assert (name, Path(path).read_text()) == ("KUBECONFIG", "kind: Config\n")


def test_githubs_job_names_no_context_that_is_there_in_its_steps_alone():
    (job,) = yaml.safe_load(FILES[".github/workflows/image.yaml"])["jobs"].values()
    outside = yaml.safe_dump({key: value for key, value in job.items() if key != "steps"})
    assert "${{" not in outside


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="there is no shellcheck here")
def test_the_script_has_no_trap_that_shellcheck_knows(tmp_path):
    (tmp_path / "build-image.sh").write_text(FILES["build-image.sh"])
    argv = ["shellcheck", "build-image.sh"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
