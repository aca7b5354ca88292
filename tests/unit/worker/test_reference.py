import pytest

from imagebuild.worker import reference

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
    assert (reference.whole(image), reference.host(image)) == (whole, host)


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
    assert (reference.repository(image), reference.tag(image)) == (name, tag)
