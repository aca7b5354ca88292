import pytest

from imagebuild.contract import images

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("image", "whole", "host"),
    [
        ("golang", "docker.io/library/golang:latest", "docker.io"),
        ("golang:1.19", "docker.io/library/golang:1.19", "docker.io"),
        ("team/tool:2", "docker.io/team/tool:2", "docker.io"),
        ("docker.io/golang", "docker.io/library/golang:latest", "docker.io"),
        ("localhost/t:2", "localhost/t:2", "localhost"),
        ("r.example/t", "r.example/t:latest", "r.example"),
        ("r.example:5000/a/t:1", "r.example:5000/a/t:1", "r.example:5000"),
        ("registry:5000/t:1", "registry:5000/t:1", "registry:5000"),
        (f"golang@{DIGEST}", f"docker.io/library/golang@{DIGEST}", "docker.io"),
    ],
)
def test_what_a_name_leaves_out_is_known(image: str, whole: str, host: str) -> None:
    assert (images.whole(image), images.host(image)) == (whole, host)


@pytest.mark.parametrize(
    ("image", "name", "tag"),
    [
        ("golang:1.19", "golang", "1.19"),
        ("registry.example:5000/team/a", "registry.example:5000/team/a", ""),
        ("registry.example:5000/team/a:1", "registry.example:5000/team/a", "1"),
        (f"registry.example/a@{DIGEST}", "registry.example/a", ""),
        (f"registry.example/a:1@{DIGEST}", "registry.example/a", ""),
    ],
)
def test_the_repository_is_the_name_without_tag_and_digest(image: str, name: str, tag: str) -> None:
    assert (images.repository(image), images.tag(image)) == (name, tag)


@pytest.mark.parametrize(
    ("pattern", "image", "matched"),
    [
        ("docker.io/library/*", "golang:1.19", True),
        ("docker.io/library/*", f"docker.io/golang@{DIGEST}", True),
        ("docker.io/library/*", "index.docker.io/library/golang", True),
        ("docker.io/library/*", "team/tool", False),
        ("docker.io/library/golang", "golang:1.19", True),
        ("docker.io/library/golang", "golang-evil", False),
        ("r.example:5000/*", "r.example:5000/a/b:1", True),
        ("r.example/*", "r.example:5000/a/b:1", False),
        ("r.example/*", "rxexample/a", False),
        ("*/base", "r.example/base:1", True),
        ("*", "r.example/a", True),
        ("r.example/*", "evil.example/r.example/a", False),
        ("*.example.com/*", "a.example.com/b", True),
        ("*.example.com/*", "evil.example/a.example.com/b", False),
        ("*/team/*", "r.example:5000/team/a/b", True),
        ("r.example/*/base", "r.example/a/b/base:1", True),
    ],
)
def test_a_pattern_is_of_the_whole_name_without_its_tag(
    pattern: str,
    image: str,
    matched: bool,  # noqa: FBT001  of a table
) -> None:
    assert images.matches([pattern], image) is matched


def test_no_pattern_matches_nothing() -> None:
    assert not images.matches([], "golang")
