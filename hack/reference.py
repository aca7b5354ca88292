"""The pages that are made from the code: docs/imagebuild.md, docs/status.md."""

from itertools import chain

import fields
import statuspage

from imagebuild.api import crd, names
from imagebuild.contract import facts

_MADE = "<!-- Made by hack/generate from {}; change that instead. -->"
_ABOUT_FIELDS = f"""\
`apiVersion: {names.API_VERSION}`, `kind: {names.KIND}`, short name `{names.SHORT_NAME}`.
{crd.DESCRIPTION}

Every field is below with its type, what it means, what is done where it is unset, and an example:
[spec](#spec) is what you write, [status](#status) what became of it. `kubectl explain
{names.SINGULAR}.spec.stages.steps` says the same from a cluster. No field of `spec` has a default
in the schema, so that what you wrote stays what you wrote."""
_WHOLE = """\
## A whole one

A tool for two processors, compiled on the node's own, tested before anything is published.

```yaml
apiVersion: imagebuild.dev/v1alpha1
kind: ImageBuild
metadata:
  name: hello
  namespace: team-a
spec:
  context:
    git: {url: "https://git.example.com/team/hello.git", ref: main}
  platforms: [linux/amd64, linux/arm64]
  args:
  - {name: GO_VERSION, value: "1.22"}
  - {name: VERSION, value: $(commit7)}
  stages:
  - name: base
    from: golang:$GO_VERSION-alpine
    platform: $BUILDPLATFORM
    workdir: /src
    env: [{name: CGO_ENABLED, value: "0"}]
    steps:
    - copy: [go.mod, go.sum]
      to: ./
    - run: go mod download
  - name: test
    from: base
    steps:
    - run: go test ./...
      mounts: [{bind: {target: .}}]
  - name: build
    from: base
    args: [TARGETOS, TARGETARCH, VERSION]
    steps:
    - run: |
        export GOOS=$TARGETOS GOARCH=$TARGETARCH
        go build -ldflags "-X main.version=$VERSION" -o /hello .
      mounts: [{bind: {target: .}}]
  - name: final
    from: scratch
    steps:
    - copy: [/hello]
      from: build
      to: /bin/
    - user: 65532
    entrypoint: [/bin/hello]
  gates: [test]
  publish:
  - stage: final
    images: ["registry.example.com/team/hello:$(time)-$(commit7)"]
```"""
_FACTS = ", ".join(f"`$({name})`" for name in facts.NAMES)
_DOLLARS = f"""\
## What a dollar sign means

- In `run`, `exec`, `entrypoint`, `cmd`, `healthcheck.exec`, `file.content` and `dockerfile.inline`:
  nothing of ours. `$X`, `$(command)` and `${{X}}` reach the shell, the program or BuildKit as they
  stand.
- In `from` and `platform` of a stage: `$NAME`, `${{NAME}}` and `${{NAME:-x}}` are build arguments
  of `spec.args`, in `platform` those of BuildKit too. An unknown one is refused.
- In `copy`, `to`, `add`, `file.path`, `workdir`, `user`, `volumes`, the values of `env` and
  `labels`, the paths and `id` of `mounts`: as in the same instruction of a Dockerfile, by the build
  arguments that the stage lists and the variables set before. An unknown one is empty, with a
  warning. `\\$` is a dollar sign.
- In `args[].value`, the tags of `publish[].images`, the values of `publish[].labels` and
  `publish[].annotations`: facts of the build, {_FACTS}.
  An unknown one is refused. `$$(` is a plain `$(`.

Flux with `postBuild` replaces `${{NAME}}` in all it applies, before any of this. The annotation
`kustomize.toolkit.fluxcd.io/substitute: disabled` on the ImageBuild keeps it as it is."""


def imagebuild() -> str:
    """The page of all fields of an ImageBuild."""
    properties = crd.whole_object()["properties"]
    listed = (fields.sections(path, properties[path]) for path in ("spec", "status"))
    return _page(
        "operator/imagebuild/api",
        names.KIND,
        _ABOUT_FIELDS,
        _WHOLE,
        _DOLLARS,
        *chain.from_iterable(listed),
    )


def status() -> str:
    """The page of all reasons."""
    return _page("operator/imagebuild/{api/reasons,core}", statuspage.TITLE, *statuspage.blocks())


def _page(source: str, title: str, *sections: str) -> str:
    return "\n\n".join([_MADE.format(source), f"# {title}", *sections]) + "\n"
