"""Secrets and ssh keys of a Dockerfile: how steps mount them, and where they are to come from."""

import pytest
from tests.unit.cli.converted import convert, notes, spec

HEAD = "FROM alpine:3.18\n"


def mounted(text):
    (found,) = spec(f"{HEAD}RUN {text} a")["stages"][0]["steps"][0]["mounts"]
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--mount=type=secret,id=npmrc,required", {"secret": {"name": "npmrc"}}),
        (
            "--mount=type=secret,id=npmrc,dst=/root/.npmrc,required=true",
            {"secret": {"name": "npmrc", "target": "/root/.npmrc"}},
        ),
        (
            "--mount=type=secret,id=TOKEN,env=TOKEN,required=1",
            {"secret": {"name": "TOKEN", "env": "TOKEN"}},
        ),
        (
            "--mount=type=secret,id=a,uid=1,gid=2,mode=440,required",
            {"secret": {"name": "a", "uid": 1, "gid": 2, "mode": "0440"}},
        ),
        ("--mount=type=secret,target=/run/aws,required", {"secret": {"name": "aws",
                                                                     "target": "/run/aws"}}),
        ("--mount=type=secret,id=a,source=b,required", {"secret": {"name": "b"}}),
        ("--mount=type=ssh,required", {"ssh": {"name": "default"}}),
        (
            "--mount=type=ssh,id=github,target=/run/agent,mode=0600,required",
            {"ssh": {"name": "github", "target": "/run/agent", "mode": "0600"}},
        ),
    ],
)  # fmt: skip
def test_a_step_mounts_what_the_instruction_mounts(text, expected):
    assert mounted(text) == expected
    assert notes(f"{HEAD}RUN {text} a") == []


@pytest.mark.parametrize(
    ("mount", "what"),
    [
        ("type=secret,id=npmrc", "secret npmrc"),
        ("type=secret,id=npmrc,required=false", "secret npmrc"),
        ("type=ssh", "key default"),
    ],
)
def test_what_docker_does_without_is_noted(mount, what):
    text = f"the {what} is required now: without it Docker runs the step all the same"
    assert notes(f"{HEAD}RUN --mount={mount} a") == [(2, text)]


def test_each_is_an_entry_of_the_spec_for_people_to_correct():
    text = (
        f"{HEAD}RUN --mount=type=secret,id=NPM_TOKEN,env=T --mount=type=ssh a\n"
        "RUN --mount=type=secret,id=NPM_TOKEN --mount=type=ssh,id=git.example.com b\n"
        "FROM scratch\nCOPY x y\n"
    )
    found = convert(text)
    assert found.object["spec"]["secrets"] == [
        {"name": "NPM_TOKEN", "secretKeyRef": {"name": "npm-token", "key": "NPM_TOKEN"}}
    ]
    assert found.object["spec"]["ssh"] == [
        {"name": "default", "secretRef": {"name": "ssh-default"}},
        {"name": "git.example.com", "secretRef": {"name": "ssh-git-example-com"}},
    ]
    above = found.comments["spec.secrets"]
    assert above[0].startswith("Say here where the files come from")
    assert above[-1] == "Say here which key of which Secret each of these is."
    assert "ssh-privatekey and known_hosts" in found.comments["spec.ssh"][0]
