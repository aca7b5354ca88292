# Rendered by imagebuild; each instruction comes from a field of the ImageBuild.
#

FROM golang:1.19 AS builder
WORKDIR /app
COPY ["main.go", "./"]
RUN ["/bin/sh", "-c", "set -e\ngo build -o main main.go"]

FROM alpine:3.18 AS final
COPY --from=builder ["/app/main", "/usr/local/bin/main"]
CMD ["main"]

# The lines, from:
# FROM       spec.stages[0].from
# WORKDIR    spec.stages[0].workdir
# COPY       spec.stages[0].steps[0]
# RUN        spec.stages[0].steps[1]
# FROM       spec.stages[1].from
# COPY       spec.stages[1].steps[0]
# CMD        spec.stages[1].cmd (not counted)
