"""docs/ci.md's script ends as it says, by whatever kubectl answers; the snippets call it."""

import os
import shutil
import subprocess

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
  *condition=Ready*) [ "$READY" = yes ] ;;
  *condition=Stalled*) [ "$STALLED" = yes ] ;;
  *status.source.commit*) printf %s "$BUILT" ;;
  *status.image*) echo "$IMAGE" ;;
  *failure.reason*) echo "StepFailed: no" ;;
  *conditions*) echo "Suspended: suspended" ;;
  *status.build.job*) printf shop-1-1 ;;
  logs*) echo "the log of $2" ;;
esac
"""
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
        known = {"APPLY": "0", "READY": "no", "STALLED": "no", "BUILT": COMMIT, "IMAGE": IMAGE}
        path = f"{tmp_path}:{os.environ['PATH']}"
        argv = ["sh", "build-image.sh", "shop", COMMIT]
        return subprocess.run(
            argv, cwd=tmp_path, env={"PATH": path, "TIMEOUT": "0", **known, **answers},
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


def test_what_takes_too_long_is_told_with_the_present_reason(run):
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert "Suspended: suspended" in done.stderr


def test_the_image_of_another_commit_is_not_taken_for_this_ones(run):
    done = run(READY="yes", BUILT=OTHER)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"{OTHER} was built instead" in done.stderr


def test_what_is_refused_is_not_waited_for(run, tmp_path):
    done = run(APPLY="1", READY="yes")
    assert (done.returncode, done.stdout) == (1, "")
    assert len((tmp_path / "calls").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "commit"),
    [(".github/workflows/image.yaml", "$GITHUB_SHA"), (".gitlab-ci.yml", "$CI_COMMIT_SHA")],
)
def test_the_snippets_run_the_script_for_the_commit_that_was_pushed(name, commit):
    assert yaml.safe_load(FILES[name])
    assert f'sh build-image.sh shop "{commit}"' in FILES[name]


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="there is no shellcheck here")
def test_the_script_has_no_trap_that_shellcheck_knows(tmp_path):
    (tmp_path / "build-image.sh").write_text(FILES["build-image.sh"])
    argv = ["shellcheck", "build-image.sh"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
