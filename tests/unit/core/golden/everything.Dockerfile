# Rendered by imagebuild; each instruction comes from a field of the ImageBuild.
ARG GO_VERSION="1.22"
ARG APP_VERSION="1.0 \"beta\""

FROM golang:$GO_VERSION-alpine AS base
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

FROM base AS final
COPY --from=base ["\\<\\<EOF", "#x", "/out dir/"]
COPY --from=alpine:3.18 ["/x", "/x"]
LABEL a=b
LABEL org.opencontainers.image.title="An ${HOME} of \"labels\""
EXPOSE 8080 53/udp
ENTRYPOINT ["/bin/server", "--message=$HOME \"as it is\""]
CMD []

# The lines, from:
# FROM       spec.stages[0].from
# ARG        spec.stages[0].args[0] (not counted)
# ENV        spec.stages[0].env[0] (not counted)
# ENV        spec.stages[0].env[1] (not counted)
# WORKDIR    spec.stages[0].workdir
# USER       spec.stages[0].user (not counted)
# RUN        spec.stages[0].steps[0]
# COPY       spec.stages[0].steps[1]
# ARG        spec.stages[0].steps[2] (not counted)
# ENV        spec.stages[0].steps[3] (not counted)
# USER       spec.stages[0].steps[4] (not counted)
# WORKDIR    spec.stages[0].steps[5]
# FROM       spec.stages[1].from (not counted)
# FROM       spec.stages[2].from (not counted)
# COPY       spec.stages[2].steps[0]
# COPY       spec.stages[2].steps[1]
# LABEL      spec.stages[2].labels.a (not counted)
# LABEL      spec.stages[2].labels.org.opencontainers.image.title (not counted)
# EXPOSE     spec.stages[2].expose (not counted)
# ENTRYPOINT spec.stages[2].entrypoint (not counted)
# CMD        spec.stages[2].cmd (not counted)
