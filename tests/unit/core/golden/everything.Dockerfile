# Rendered by imagebuild; each instruction comes from a field of the ImageBuild.
#
ARG GO_VERSION="1.22"
ARG APP_VERSION="1.0 \"beta\""
ARG BASE_TAG="1-unknown"
ARG LITERAL="\$(date)"
ARG FLAVOR="unknown"

FROM --platform=$BUILDPLATFORM golang:$GO_VERSION-alpine AS base
ARG TARGETOS
ENV HOME=/root
ENV PATH=$HOME/bin:$PATH
WORKDIR "/a dir/src"
USER 1000
RUN ["/bin/sh", "-c", "set -e\n# a comment, $HOME and \"quotes\" are the shell's\ncat <<END > 'it\\n'\nEND\n"]
COPY --chown=1000:1000 --chmod=0644 ["go.mod", "a b", "c${HOME}", "d\\$HOME", "./"]
ARG APP_VERSION
ENV MESSAGE="say \"${APP_VERSION:-it\'s none}\" for 5\$ in C:\\dir"
USER 0:0
WORKDIR build

FROM scratch AS empty

FROM registry.example.com/tool:$BASE_TAG-$FLAVOR AS tool
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN --mount=type=bind,target=. --mount=type=bind,from=docs,source=/,target=$HOME/docs,readwrite=true --mount=type=cache,id=go-$TARGETARCH,sharing=locked,target=/root/.cache,uid=0,gid=50,mode=0750 --mount=type=cache,from=base,source=/seed,target=/seeded --mount=type=tmpfs,target=/tmp,size=1048576 --mount=type=tmpfs,target=/run --mount=type=secret,id=netrc,target=$HOME/.netrc,required=true --mount=type=secret,id=token.npm,env=NPM_TOKEN,required=true --mount=type=secret,id=token.npm,target=/both,env=BOTH,required=true,uid=0,gid=50,mode=0440 --mount=type=secret,id=netrc,required=true --mount=type=ssh,id=default,required=true --mount=type=secret,id=default.known_hosts,target=/etc/ssh/ssh_known_hosts,required=true,mode=0444 --network=none ["/bin/bash", "-o", "pipefail", "-c", "set -e\nmake | tee log"]
RUN --mount=type=ssh,id=mirror,target=/run/agent,required=true,uid=1000,gid=1000,mode=0600 --mount=type=secret,id=hosts,target=/etc/ssh/ssh_known_hosts,required=true ["git", "fetch"]
RUN ["go", "build", "-ldflags", "-X 'a=$b'"]

FROM python:3.13-slim AS script
SHELL ["/usr/bin/python3", "-c"]
RUN ["/usr/bin/python3", "-c", "print(\"no set -e here\")"]

FROM base AS final
COPY --from=base ["\\<\\<EOF", "#x", "/out dir/"]
COPY --from=alpine:3.18 --link ["/x", "/x"]
COPY --from=assets --chown=0 --exclude=*.md --exclude=$HOME --parents ["src/./a", "/a/"]
COPY --from=imagebuild.files --chown=node:node --chmod=0600 ["/4-3", "${HOME}/.netrc"]
ADD --checksum=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 --unpack --exclude=docs ["https://example.com/a-${APP_VERSION}.tar.gz", "/opt/"]
ADD ["https://example.com/a.git", "/src"]
ADD ["https://example.com/a.git#v1.0:100%25 sure", "/src"]
ADD ["https://example.com/a.git#0123456789012345678901234567890123456789", "/src"]
LABEL a=b
LABEL org.opencontainers.image.title="An ${HOME} of \"labels\""
EXPOSE 8080 53/udp
VOLUME ["/data", "\"${HOME}/a b \"", "\"<<EOF\""]
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=60s --timeout=5s --start-period=10s --start-interval=1s --retries=2 CMD ["/bin/check", "$HOME"]
ENTRYPOINT ["/bin/server", "--message=$HOME \"as it is\""]
CMD []

FROM scratch AS quiet
COPY --from=docs ["/", "/"]
HEALTHCHECK NONE

# The lines, from:
# FROM       spec.stages[0].from
# ARG        spec.stages[0].args[0] (not counted)
# ENV        spec.stages[0].env[0] (not counted)
# ENV        spec.stages[0].env[1] (not counted)
# WORKDIR    spec.stages[0].workdir
# USER       spec.stages[0].user (not counted)
# RUN        spec.stages[0].steps[0]
# COPY       spec.stages[0].steps[1]
# ARG        spec.stages[0].steps[2].args[0] (not counted)
# ENV        spec.stages[0].steps[3].env[0] (not counted)
# USER       spec.stages[0].steps[4] (not counted)
# WORKDIR    spec.stages[0].steps[5]
# FROM       spec.stages[1].from (not counted)
# FROM       spec.stages[2].from
# SHELL      spec.stages[2].shell (not counted)
# RUN        spec.stages[2].steps[0]
# RUN        spec.stages[2].steps[1]
# RUN        spec.stages[2].steps[2]
# FROM       spec.stages[3].from
# SHELL      spec.stages[3].shell (not counted)
# RUN        spec.stages[3].steps[0]
# FROM       spec.stages[4].from (not counted)
# COPY       spec.stages[4].steps[0]
# COPY       spec.stages[4].steps[1]
# COPY       spec.stages[4].steps[2]
# COPY       spec.stages[4].steps[3]
# ADD        spec.stages[4].steps[4]
# ADD        spec.stages[4].steps[5]
# ADD        spec.stages[4].steps[6]
# ADD        spec.stages[4].steps[7]
# LABEL      spec.stages[4].labels.a (not counted)
# LABEL      spec.stages[4].labels.org.opencontainers.image.title (not counted)
# EXPOSE     spec.stages[4].expose (not counted)
# VOLUME     spec.stages[4].volumes (not counted)
# STOPSIGNAL spec.stages[4].stopSignal (not counted)
# HEALTHCHECK spec.stages[4].healthcheck (not counted)
# ENTRYPOINT spec.stages[4].entrypoint (not counted)
# CMD        spec.stages[4].cmd (not counted)
# FROM       spec.stages[5].from (not counted)
# COPY       spec.stages[5].from
# HEALTHCHECK spec.stages[5].healthcheck (not counted)
