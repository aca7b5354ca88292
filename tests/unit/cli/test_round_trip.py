"""What is converted and rendered again builds what the Dockerfile builds."""

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from tests.unit.cli import meaning

from imagebuild.api.spec import ImageBuildSpec
from imagebuild.cli import conversion
from imagebuild.cli.conversion.problems import CannotConvertError
from imagebuild.contract import facts
from imagebuild.core import dockerfile

SUM = "0123456789abcdef" * 4
TEXTS = {
    "several stages": r"""
ARG VERSION=1.22
FROM --platform=$BUILDPLATFORM golang:${VERSION}-alpine AS Build
WORKDIR /src
COPY go.mod go.sum ./
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod,sharing=locked,mode=0700 \
    GOARCH=$TARGETARCH \
    go build -o /app .
FROM build AS test
RUN --mount=type=bind,source=t,target=/t,rw --mount=target=. --network=none go test ./...
FROM alpine
COPY --from=0 --chown=1000:1000 /app /usr/bin/
COPY --from=BUILD --chmod=755 --link --exclude=*.md --exclude=x /src /src
ENTRYPOINT app
CMD ["--help"]
""",
    "heredocs": r"""
FROM debian:12 AS one
ENV NAME="it's me"
RUN <<EOF
echo "$NAME"
echo two
EOF
RUN <<-'END'
	#!/usr/bin/env python3
	print("three")
	END
RUN cat <<A > /a && cat <<'B' > /b
$NAME
A
$NAME
B
COPY <<one.conf <<"two.conf" /etc/app/
name=$NAME \$X
one.conf
name=$NAME \$X
two.conf
COPY --chmod=0600 <<EOF /etc/three.conf
three
EOF
FROM one
RUN <<END
#!/bin/sh
echo four
END
""",
    "shells": """
FROM alpine:3.18 AS one
RUN apk add bash; true
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN set -u; a | b
CMD serve
HEALTHCHECK --interval=10s --retries=2 CMD check | grep ok
FROM one
RUN a; b
HEALTHCHECK NONE
SHELL ["/bin/sh", "-c"]
RUN c; d
""",
    "arguments": """
ARG A=1
ARG B=$A-2 UNSET
FROM alpine:$B AS one
ARG A B UNSET
ARG C=c-${A}
ENV D=$C E=${UNSET:-none} F=${UNSET}
ARG LATE=3
RUN echo $A $B $C $LATE
FROM one
RUN echo $A
ARG A
ENV A=$A
""",
    "an argument that the first lines see otherwise": """
ARG V=3.18
FROM alpine:$V
ARG V=1.0
RUN echo $V
""",
    "an argument of the platform with a default": """
ARG TARGETARCH=amd64
FROM --platform=linux/$TARGETARCH alpine:3.18-$TARGETARCH
ARG TARGETARCH
RUN echo $TARGETARCH
""",
    "words": r"""
FROM scratch
ENV A=1 B="two words" C='$A' D=\$A E=a\ b PATH=/x:$PATH
ENV F one  "two"
ENV G=$A H=$G
ENV G=$H H=1
LABEL "a.b"=1 c.d="$A" e='$A'
""",
    "what changes later": """
FROM scratch
ARG V=1
LABEL v=$V
VOLUME /data/$V
ENV V=2
LABEL w=$V
""",
    "an image": """
FROM nginx
MAINTAINER me $HOME
ENV PORT=8080
EXPOSE $PORT 53/UDP 9000-9002 8080
VOLUME ["/a", "/b c"]
VOLUME /d /e
STOPSIGNAL quit
USER 1000:1000
WORKDIR /srv
USER nginx
WORKDIR html
ENTRYPOINT ["a"]
ENTRYPOINT ["b", "$X"]
CMD []
""",
    "additions": f"""
FROM alpine:3.18
ARG V=2
ADD a b.txt /x
ADD --checksum=sha256:{SUM} https://e.com/$V/f.zip /y/
ADD --chown=1:1 https://e.com/r.git#v$V:dir /z
ADD --unpack=false a.tar /
""",
    "the escape directive": r"""# escape=`
FROM alpine:3.18
ENV A=C:\dir B=`"q`"
RUN echo a `
    && echo b
COPY ["a\\b", "/x"]
""",
    "mounts": r"""
FROM alpine:3.18
ARG DIR=/d
RUN --mount=type=tmpfs,target=/t,size=64m \
    --mount=type=cache,id=$DIR,target=/c,uid=1,gid=2,from=alpine:3.18,source=/s x
RUN --mount=dst=$DIR,src=x,ro ["a", "b c"]
RUN --mount=type=secret,id=s,env=S,required=true \
    --mount=type=secret,id=t,target=$DIR/t,mode=0440,required=true x
""",
}


def rebuilt(text):
    """What the converted Dockerfile builds, but for the stage of scripts."""
    spec = conversion.convert(text, conversion.Wishes("x")).object["spec"]
    # Files are kept only for stages that something needs.
    gates = [stage["name"] for stage in spec["stages"]]
    read = ImageBuildSpec.model_validate({**spec, "gates": gates})
    rendered = dockerfile.render(read)
    args = {arg.name: facts.expand(arg.value, {}) for arg in read.args}
    stages = meaning.read(rendered.text, args, rendered.files)
    return without_first(stages) if spec["stages"][0]["name"] == "scripts" else stages


def without_first(stages):
    bases = [s["base"] - 1 if isinstance(s["base"], int) else s["base"] for s in stages]
    return [{**stage, "base": base} for stage, base in zip(stages, bases, strict=True)][1:]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_dockerfile_keeps_its_meaning(text):
    assert rebuilt(text) == meaning.read(text, {})


_fragment = st.sampled_from(
    ["$A", "${B}", "$UNSET", "${UNSET:-x}", "${A:+'}'}", '"q$A"', "'$A'", r"\$", r"\\", '"a b"',
     r"a\ b", "<", "é", ".", "/", ":", "=", "#", "--", "}", "{", "`", "$", "*", "$PATH", r"\"", "[",
     "w", "x1", "-"]
)  # fmt: skip
_word = st.lists(_fragment, min_size=1, max_size=4).map("".join)
_script = st.lists(
    st.sampled_from(
        ["echo ", "x", " ", "; ", " && ", " | ", "'a b'", '"$A"', "# ", " \\\n  ", "$B"]
    ),
    min_size=1,
    max_size=6,
).map("".join)  # fmt: skip
_name = st.sampled_from(["A", "B", "C", "D_1"])
_instruction = st.one_of(
    st.builds("RUN {}".format, _script),
    st.builds("RUN --mount=type=cache,target=/c --network=none {}".format, _script),
    st.builds('RUN ["a", "{}"]'.format, st.sampled_from(["$A", "b c", r"\\", r"\n"])),
    st.builds("RUN <<E\n{}\nE".format, _script),
    st.builds("RUN {} <<-'E'\n\t{}\n\tE".format, _script, _script),
    st.builds("COPY {} {}".format, _word, _word),
    st.builds("COPY --chown=1:$D_1 {} {} {}/".format, _word, _word, _word),
    st.builds("COPY --link <<F {}\n{}\nF".format, _word, _word),
    st.builds("ENV {}={}".format, _name, _word),
    st.builds("ENV {}={} {}={}".format, _name, _word, _name, _word),
    st.builds("ENV {} {} {}".format, _name, _word, _word),
    st.builds("ARG {}={}".format, _name, _word),
    st.builds("ARG {}".format, _name),
    st.builds("LABEL l={} m.n={}".format, _word, _word),
    st.builds("WORKDIR {}".format, _word),
    st.builds("USER {}".format, _word),
    st.builds("VOLUME {}".format, _word),
    st.builds("EXPOSE {}".format, st.sampled_from(["80", "$A", "1-3/udp"])),
    st.builds("CMD {}".format, _script),
    st.builds("HEALTHCHECK CMD {}".format, _script),
    st.sampled_from(['SHELL ["/bin/bash", "-ec"]', 'SHELL ["/bin/sh", "-c"]', "HEALTHCHECK NONE"]),
)
_stage = st.lists(_instruction, min_size=1, max_size=6).map("\n".join)
_base = st.sampled_from(["scratch", "alpine:3.18", "alpine:$A", "${B:-one}", "one"])


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(st.sampled_from(["", "ARG A=7\n", "ARG A=x:1\nARG B=$A\n"]), _stage, _base, _stage)
def test_any_dockerfile_keeps_its_meaning(args, first, base, second):
    text = f"{args}FROM alpine:3 AS one\n{first}\nFROM {base}\n{second}\n"
    try:
        found = rebuilt(text)
    except CannotConvertError:
        event("cannot be said")
        assume(False)  # noqa: FBT003 - it is told, and that is tested elsewhere
    assert found == meaning.read(text, {})
