"""What a Dockerfile builds, said so that two of them can be compared.

Any Dockerfile is read here, with the port of BuildKit's parser and lexer; what its instructions do
is what BuildKit's frontend/dockerfile/dockerfile2llb does with them.
"""

import copy
from types import SimpleNamespace

import e2b_dockerfile_utils as buildkit
from tests.unit.cli import taken

BASE_ENV = {"PATH": "/bin", "BASE": "from the base"}
PREDEFINED = {"BUILDPLATFORM": "linux/b", "TARGETPLATFORM": "linux/t", "TARGETARCH": "t"}


def read(text, args, files=None):
    """The stages in their order, each as what it starts from, its steps and its configuration.

    ``args``: build arguments; ``files``: contents by the name in the context of files.
    """
    ast = buildkit.parse_dockerfile_ast(text)
    file = SimpleNamespace(escape=ast.escape_token, args=args, files=files or {}, stages=[])
    values = {**PREDEFINED, **args}
    for found in ast.instructions:
        if found.name == "FROM":
            file.stages.append(_begun(found, file, values))
        elif not file.stages:
            _take_global(found, file, values)
        else:
            file.stages[-1].values = values
            taken.TAKEN[found.name](found, file.stages[-1], file)
    return [_said(stage) for stage in file.stages]


def _said(stage):
    config = copy.deepcopy(stage.config)
    if config.get("check", [])[1:2] == ["shell"]:
        kind, _, text, flags = config["check"]
        config["check"] = [kind, *stage.shell, text, flags]
    return {"base": stage.base, "platform": stage.platform, "steps": stage.steps, "config": config}


def _take_global(found, file, values):
    for word in found.args:
        name, given, default = word.partition("=")
        if name not in file.args and given:
            values[name] = taken.expand(default, file, values)


def _begun(found, file, values):
    base = taken.expand(found.args[0], file, values)
    platform = taken.expand("".join(found.flags).partition("=")[2], file, values)
    name = found.args[2].lower() if len(found.args) > 1 else ""
    stage = SimpleNamespace(name=name, steps=[], own_cmd=False)
    parents = [index for index, other in enumerate(file.stages) if other.name == base]
    if parents:
        parent = file.stages[parents[-1]]
        stage.base, stage.platform, stage.shell = parents[-1], parent.platform, parent.shell
        stage.env, stage.config = dict(parent.env), copy.deepcopy(parent.config)
        return stage
    stage.base = base if base == "scratch" else taken.tagged(base)
    stage.platform = platform or PREDEFINED["TARGETPLATFORM"]
    stage.shell = ["/bin/sh", "-c"]
    stage.env = {"PATH": "/bin"} if base == "scratch" else dict(BASE_ENV)
    stage.config = {}
    return stage
