"""What cannot be said is told with its line and its mend."""

import pytest
from tests.unit.cli.converted import notes, refused, stage

ONE_VALUE = (
    "and an ImageBuild has one for all stages; rename one of them, or give --build-arg A=..."
)
REFUSED = [
    ("ONBUILD RUN a", "ONBUILD has no counterpart; write what it does into the Dockerfiles that "
     "start from this image"),
    ("RUN --mount=type=secret b", "a secret mount says neither id nor target; add id=NAME"),
    ("RUN --mount=type=secret,id=a,required=x b", "required=x is neither true nor false; correct "
     "it"),
    ("RUN --mount=type=secret,id=a,from=x b", "from of a secret mount cannot be said; remove it"),
    ("RUN --mount=type=ssh --mount=type=ssh,id=a b", "spec.stages[0].steps[0].mounts[1].ssh: a "
     "step has one SSH_AUTH_SOCK and one /etc/ssh/ssh_known_hosts; make several steps of it, each "
     "with one key"),
    ("RUN --mount=type=x b", "there is no mount of type x; correct it"),
    ("RUN --mount=type=cache,target=/a,ro b", "readonly of a cache mount cannot be said; remove "
     "it"),
    ("RUN --mount=type=cache,target=/a,sharing=$S b", "the value of $S is not known, and no "
     "variable can stand here; write its value; if it is an argument, give --build-arg S=..."),
    ("RUN --security=insecure a", "no step gets privileges or devices; remove the flag"),
    ("RUN --device=a b", "no step gets privileges or devices; remove the flag"),
    ("RUN --network=host a", "--network=host cannot be said; remove it, or use none"),
    ("RUN --x a", "RUN has no flag --x; remove it"),
    ("RUN", "RUN has nothing after it; remove it"),
    ("COPY a", "COPY does not say from where to where; correct it"),
    ("COPY --chmod=1 --chmod=2 a b", "--chmod is there twice; keep one"),
    ("COPY --link=x a b", "--link=x is neither true nor false; correct it"),
    ("COPY --chmod a b", "--chmod has no value; write --chmod=..."),
    ("COPY --from=$X a b", "$X holds a variable, which Docker refuses; name a stage"),
    ("COPY --from=7 a b", "there is no stage 7; correct the number"),
    ("COPY --chown=$X a b", "the value of $X is not known, and no variable can stand here; write "
     "its value; if it is an argument, give --build-arg X=..."),
    ("COPY <<E /a\n$X\nE", "the file holds $X, whose value is not known here; write its value, or "
     "if it is meant as it stands <<'E'"),
    ("COPY <<E $X\nE", "whether $X is a directory is not known; end it in / where it is, or write "
     "it out"),
    ("COPY --parents <<E /a\nE", "a file written here has no --from, --parents or --exclude; "
     "remove it"),
    ("ADD https://e.com/a b", "a download needs a checksum; write ADD --checksum=sha256:..., with "
     "what `curl -fsSL https://e.com/a | sha256sum` prints"),
    ("ADD git@e.com:a.git b", "git@e.com:a.git is no https:// address; take one, or make it one of "
     "spec.contexts and copy from that"),
    ("ADD --keep-git-dir https://e.com/a.git b", "of a repository only URL#REF:DIRECTORY can be "
     "said; make it one of spec.contexts, which has keepGitDir, and copy from that"),
    ("ADD $X b", "whether $X is an address or an archive is not known here; write its value, or "
     "use COPY for a file of the context"),
    ("ENV A=$B B=$A", "A and B need each other; write two ENV"),
    ("ENV A=${B#c}", "${B#...} cannot be said; compute the value before, or write it out"),
    ("ARG A=$B", "the default of A depends on what is known only to the build; write it out, or "
     "give --build-arg A=..."),
    ("ARG BUILDKIT_X=1", "BUILDKIT_X begins as BuildKit's own arguments do; rename it, or remove "
     "it"),
    ("ARG HTTPS_PROXY=x", "as an argument of an ImageBuild HTTPS_PROXY would hold for all stages; "
     "use ENV"),
    ("ARG A=1\nARG A=2", f"A has another value here than in line 2, {ONE_VALUE}"),
    ("LABEL a=$B\nENV B=1", "$B is set again after it was used here; rename the later one"),
    ("EXPOSE http", "http is no port; write it as 8080, 53/udp or 8000-8010"),
    ("HEALTHCHECK --interval=1500ms CMD a", "--interval=1500ms is no whole number of seconds; "
     "round it"),
    ("EXPOSE 1-65", "spec.stages[0].expose: this is longer than 64; make it shorter"),
    ('LABEL "a b"=c', "spec.stages[0].labels: 'a b' is no label's name; use letters, digits, `.`, "
     "`_`, `-` and `/`, as org.opencontainers.image.url"),
    ("HEALTHCHECK --interval=5 CMD a", "--interval=5 is no duration; write it as 30s or 1m30s"),
    ("HEALTHCHECK CMD", "HEALTHCHECK has no command; write HEALTHCHECK CMD ..."),
    ("HEALTHCHECK --retries=x CMD a", "--retries=x is no number; correct it"),
    ("SHELL /bin/bash", 'SHELL is no JSON list; write SHELL ["/bin/bash", "-c"]'),
    ("USER a b", "spec.stages[0].user: this holds a blank or a control character; remove it"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_cannot_be_said_is_told_with_its_line_and_its_mend(text, words):
    lines = 3 if text.startswith("ARG A=1\n") else 2
    assert refused(f"FROM alpine:3.18\n{text}\n") == [(lines, words)]


@pytest.mark.parametrize("name", ["a.tar", "a.tgz", "a.TAR.GZ", "a.tar.zst", "a.xz", "dir/*", "a?"])
def test_an_archive_is_not_unpacked_in_silence(name):
    ((line, words),) = refused(f"FROM alpine:3.18\nADD {name} /b")
    assert line == 2
    assert words.startswith(f"ADD unpacks {name} where that is an archive, and a copy does not; ")


@pytest.mark.parametrize("name", ["a", "a.jar", "dir/", ".", "*.json", "a.tar.txt", "$A/x.sh"])
def test_what_is_no_archive_is_copied(name):
    assert stage(f"ENV A=a\nADD {name} /b")["steps"] == [{"copy": [name], "to": "/b"}]


@pytest.mark.parametrize("name", ["x.apk", "data", "a.tar.txt", "$A/x.sh"])
def test_what_may_be_an_archive_all_the_same_is_noted(name):
    words = (
        f"ADD unpacks archives, copy does not: if {name} is one, unpack it in a run from a bind "
        "mount"
    )
    assert notes(f"FROM a:1\nENV A=a\nADD {name} /b") == [(3, words)]


@pytest.mark.parametrize("text", ["dir/ /b", ". /b", "a/.. /b", "--unpack=false a /b"])
def test_what_is_never_unpacked_needs_no_note(text):
    assert notes(f"FROM a:1\nADD {text}") == []


WHOLE = [
    ("", [(0, "this is no Dockerfile: it has no FROM")]),
    ("# only a comment\n", [(0, "this is no Dockerfile: it has no FROM")]),
    ("FRUM a:1", [(1, "this is no Dockerfile: unknown instruction: FRUM")]),
    ("RUN a\nFROM a:1", [(1, "RUN stands before the first FROM")]),
    ("FROM a:1 AS", [(1, "this is no FROM of an image, perhaps AS a name")]),
    ("FROM a:1 AS 1x", [(1, "this is no FROM of an image, perhaps AS a name")]),
    ("FROM --x=y a:1", [(1, "FROM has no flag --x; remove it")]),
    ("FROM a:$V", [(1, "a:$V needs a value of V; give --build-arg V=...")]),
    (
        "FROM a:1 AS b-x\nFROM b-$TARGETARCH",
        [(2, "the base depends on $TARGETARCH, which is known only to the build; write a stage for "
          "each platform, or build the Dockerfile as it is")],
    ),
    (
        "ARG A=1\nFROM a:1\nARG A\nFROM a:1\nARG A=2",
        [(5, f"A has another value here than in line 1, {ONE_VALUE}")],
    ),
    (
        "FROM a:1\nCOPY --from=b a b\nFROM a:1 AS b",
        [(2, "spec.stages[0].steps[0].from: stage stage-0 copies from b, which does not stand "
          "before it; a stage can use only those before it; change their order")],
    ),
    (
        "FROM a:1\nRUN --network=host a\nRUN ok\nONBUILD RUN b",
        [
            (2, "--network=host cannot be said; remove it, or use none"),
            (4, "ONBUILD has no counterpart; write what it does into the Dockerfiles that start "
             "from this image"),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "remarks"), WHOLE)
def test_what_is_wrong_with_the_file_is_told(text, remarks):
    assert refused(text) == remarks
