"""Each instruction that does something becomes the step that people would write."""

import pytest
from tests.unit.cli.converted import spec, stage

SUM = "sha256:" + "0123456789abcdef" * 4
COMMIT = "0123456789" * 4


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("RUN make all", {"run": "make all"}),
        ("RUN a && b", {"run": "a && b"}),
        ("RUN a; b", {"run": "set +e\na; b\n"}),
        ("RUN set -eux; a; b", {"run": "set -eux; a; b"}),
        ("RUN a \\\n    && b", {"run": "a \\\n    && b\n"}),
        ("RUN a \\\n  # why\n\n    && b", {"run": "a \\\n    && b\n"}),
        ("RUN printf 'a \\\n b'", {"run": "printf 'a  b'"}),
        (
            "RUN --mount=type=tmpfs,target=/t \\\n    a && \\\n      b",
            {"run": "a && \\\n  b\n", "mounts": [{"tmpfs": {"target": "/t"}}]},
        ),
        ("RUN <<E\na\nE", {"run": "a\n"}),
        ("RUN <<E\na\nb\nE", {"run": "set +e\na\nb\n"}),
        ("RUN <<E\nset -e\na\nb\nE", {"run": "set -e\na\nb\n"}),
        ("RUN <<-E\n\ta\n\tE", {"run": "a\n"}),
        ("RUN cat <<E > /a\nb\nE", {"run": "cat <<E > /a\nb\nE\n"}),
        ("RUN cat <<E > /a\n$(b)\nE", {"run": "set +e\ncat <<E > /a\n$(b)\nE\n"}),
        ("RUN cat <<'E' > /a\n$(b)\nE", {"run": "cat <<'E' > /a\n$(b)\nE\n"}),
        ('RUN ["a", "$b"]', {"exec": ["a", "$b"]}),
        ("RUN --network=none a", {"run": "a", "network": "None"}),
        ("RUN --network=default --security=sandbox a", {"run": "a"}),
        (
            "RUN --mount=type=bind,source=a,target=b,rw c",
            {"run": "c", "mounts": [{"bind": {"source": "a", "target": "b", "readWrite": True}}]},
        ),
        (
            "RUN --mount=from=golang,dst=/go,readonly c",
            {"run": "c", "mounts": [{"bind": {"from": "golang:latest", "target": "/go"}}]},
        ),
        (
            "RUN --mount=type=cache,id=i,dst=/c,sharing=locked,uid=1,gid=2,mode=700 c",
            {
                "run": "c",
                "mounts": [
                    {
                        "cache": {
                            "target": "/c",
                            "id": "i",
                            "sharing": "Locked",
                            "uid": 1,
                            "gid": 2,
                            "mode": "0700",
                        }
                    }
                ],
            },
        ),
        (
            "RUN --mount=type=tmpfs,target=/t,size=1.5g c",
            {"run": "c", "mounts": [{"tmpfs": {"target": "/t", "sizeBytes": 1610612736}}]},
        ),
        ("COPY a b", {"copy": ["a"], "to": "b"}),
        ("COPY a b c", {"copy": ["a", "b"], "to": "c/"}),
        ("COPY a b .", {"copy": ["a", "b"], "to": "./"}),
        ('COPY ["a b", "c"]', {"copy": ["a b"], "to": "c"}),
        ("COPY $A/'$A' \\$A", {"copy": [r"$A/\$A"], "to": r"\$A"}),
        (
            "COPY --from=golang:1 --chown=1:1 --chmod=755 a b",
            {"copy": ["a"], "from": "golang:1", "to": "b", "chown": "1:1", "chmod": "755"},
        ),
        (
            "COPY --parents --link --exclude=*.md --exclude=t a b",
            {"copy": ["a"], "to": "b", "exclude": ["*.md", "t"], "parents": True, "link": True},
        ),
        ("COPY --link=false a b", {"copy": ["a"], "to": "b"}),
        ("COPY <<E /a\nb\nE", {"file": {"path": "/a", "content": "b\n"}}),
        ("COPY <<E /a/\nb\nE", {"file": {"path": "/a/E", "content": "b\n"}}),
        ("COPY <<e.txt .\nb\ne.txt", {"file": {"path": "e.txt", "content": "b\n"}}),
        ("COPY <<'E' /a\n$b\nE", {"file": {"path": "/a", "content": "$b\n"}}),
        (
            "COPY --chmod=600 --chown=1 <<-E /a\n\tb\n\tE",
            {"file": {"path": "/a", "content": "b\n"}, "chown": "1", "chmod": "600"},
        ),
        ("ADD a b", {"copy": ["a"], "to": "b"}),
        ("ADD --unpack=false a.tar b", {"copy": ["a.tar"], "to": "b"}),
        (
            f"ADD --checksum={SUM} https://e.com/a b",
            {"add": {"url": "https://e.com/a", "checksum": SUM}, "to": "b"},
        ),
        (
            f"ADD --checksum={SUM} --unpack --chown=1 https://e.com/a b",
            {"add": {"url": "https://e.com/a", "checksum": SUM, "unpack": True}, "to": "b",
             "chown": "1"},
        ),
        (
            "ADD https://e.com/a.git b",
            {"add": {"git": {"url": "https://e.com/a.git"}}, "to": "b"},
        ),
        (
            "ADD https://e.com/a.git#v1:c/d/ b",
            {"add": {"git": {"url": "https://e.com/a.git", "ref": "v1", "subPath": "c/d"}},
             "to": "b"},
        ),
        (
            f"ADD --checksum={COMMIT} https://e.com/a.git#v1 b",
            {"add": {"git": {"url": "https://e.com/a.git", "commit": COMMIT}}, "to": "b"},
        ),
        (
            f"ADD https://e.com/a.git#{COMMIT} b",
            {"add": {"git": {"url": "https://e.com/a.git", "commit": COMMIT}}, "to": "b"},
        ),
    ],
)  # fmt: skip
def test_a_step(text, step):
    assert stage(text) == {"steps": [step]}


def test_a_script_of_its_own_interpreter_is_mounted_where_buildkit_has_it():
    script = "#!/usr/bin/env python3\nprint()\n"
    first, second = spec(f"FROM a:1\nRUN <<E\n{script}E\nRUN <<E\n{script}E")["stages"]
    assert first == {
        "name": "scripts",
        "description": "scripts that steps of other stages run",
        "from": "scratch",
        "steps": [{"file": {"path": "/E", "content": script}, "chmod": "0755"}],
    }
    mount = {"bind": {"from": "scripts", "source": "/E", "target": "/dev/pipes/E"}}
    assert second["steps"] == [{"run": "/dev/pipes/E", "mounts": [mount]}] * 2


def test_two_scripts_of_one_name_are_two_files():
    text = "FROM a:1\nRUN <<E\n#!/bin/a\nE\nRUN <<E\n#!/bin/b\nE"
    first, second = spec(text)["stages"]
    assert [step["file"]["path"] for step in first["steps"]] == ["/E", "/E-2"]
    mounts = [step["mounts"][0]["bind"] for step in second["steps"]]
    assert [mount["source"] for mount in mounts] == ["/E", "/E-2"]
    assert {mount["target"] for mount in mounts} == {"/dev/pipes/E"}
