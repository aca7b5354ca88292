"""Wrong steps, but for the files that they bring."""

from tests.badspecs.case import (
    CHECKSUM,
    IN_STEP,
    LONG,
    TOO_LONG,
    URL,
    Bad,
    copying,
    stage,
    stages,
    step,
)
from tests.badspecs.stages import NO_STAGE

ONE = "a step has exactly one of run, exec, copy, add, file, args, env, workdir and user"
_RUN = {"run": "true"}
_COPY = {"copy": ["a"], "to": "./"}
_ADD = {"add": {"url": URL, "checksum": CHECKSUM}, "to": "./"}
_FILE = {"file": {"path": "/a", "content": ""}}

STEPS = [
    Bad("with none", step(), IN_STEP, ONE),
    Bad("with two", stages(stage(_RUN, {**_RUN, "user": "node"})), "spec.stages[0].steps[1]", ONE),
    *(
        Bad(
            f"{field} beside {'/'.join(beside)}",
            step(**beside, **{field: value}),
            f"{IN_STEP}.{field}",
            f"{field} belongs to {others}; leave it out, or give {others.replace(' and ', ' or ')}",
        )
        for beside, field, value, others in (
            (_COPY, "mounts", [{"tmpfs": {"target": "/a"}}], "run and exec"),
            (_COPY, "network", "None", "run and exec"),
            (_RUN, "from", "alpine:3.18", "copy"),
            (_ADD, "from", "alpine:3.18", "copy"),
            (_RUN, "to", "./", "copy and add"),
            (_FILE, "to", "./", "copy and add"),
            (_RUN, "chown", "1:1", "copy, add and file"),
            (_RUN, "chmod", "0755", "copy, add and file"),
            (_RUN, "exclude", ["a"], "copy and add"),
            (_FILE, "exclude", ["a"], "copy and add"),
            (_ADD, "parents", True, "copy"),
            (_RUN, "link", True, "copy, add and file"),
        )
    ),
    Bad(
        "copy without to",
        step(copy=["a"]),
        f"{IN_STEP}.to",
        "this does not say where to; add `to`",
    ),
    Bad(
        "add without to",
        step(add=_ADD["add"]),
        f"{IN_STEP}.to",
        "this does not say where to; add `to`",
    ),
    Bad(
        "copy of several to a file",
        copying(copy=["a", "b"], to="c"),
        f"{IN_STEP}.to",
        "several sources need a directory; let `to` end in /",
    ),
    Bad(
        "link with a user's name",
        copying(link=True, chown="node"),
        f"{IN_STEP}.chown",
        'with link BuildKit knows no names of users, only numbers; write the owner as "1000:1000"',
    ),
    Bad(
        "copy from a later stage",
        stages(stage({**_COPY, "from": "b"}, name="a"), stage(name="b")),
        f"{IN_STEP}.from",
        "stage a copies from b, which does not stand before it",
        there="spec.stages",
    ),
    Bad(
        "copy from its own stage",
        stages(stage(name="a"), stage({**_COPY, "from": "b"}, name="b")),
        "spec.stages[1].steps[0].from",
        "stage b copies from b, which does not stand before it",
        there="spec.stages",
    ),
    Bad(
        "copy from a bare word",
        stages(stage(_RUN, name="builder"), stage(_RUN, {**_COPY, "from": "builer"}, name="b")),
        "spec.stages[1].steps[1].from",
        f"builer {NO_STAGE}",
        there="spec.stages",
    ),
    Bad(
        "copy from a variable",
        copying(**{"from": "alpine:$V"}),
        f"{IN_STEP}.from",
        "this names neither a stage nor an image",
        by_schema="should match",
    ),
    Bad(
        "copy from what no image is named",
        copying(**{"from": "Alpine:3.18"}),
        f"{IN_STEP}.from",
        "this is no name of an image",
        taken=True,
    ),
    Bad(
        "copy with a mode that YAML read as a number",
        copying(chmod=493),
        f"{IN_STEP}.chmod",
        "should be a valid string",
        by_schema="expected string",
    ),
    Bad(
        "copy with no mode",
        copying(chmod="rwx"),
        f"{IN_STEP}.chmod",
        'this is no mode; write it as "0755"',
        by_schema="should match",
    ),
    Bad(
        "copy with an owner that is an option",
        copying(chown="--x"),
        f"{IN_STEP}.chown",
        "this is no owner",
        by_schema="should match",
    ),
    *(
        Bad(
            f"copy without what holds {character!r}",
            copying(exclude=["a", f"b{character}c"]),
            f"{IN_STEP}.exclude[1]",
            "this holds a blank, a quote, a backslash, a comma or what is no ASCII",
            by_schema="should match",
        )
        for character in " \"'\\,\u00e9"
    ),
    Bad(
        "exec of nothing",
        step(exec=[]),
        f"{IN_STEP}.exec",
        "this is empty; fill it in",
        by_schema="should have at least 1 items",
    ),
    Bad(
        "a network where the spec says none",
        stages(stage(_RUN, {**_RUN, "network": "Default"}), network="None"),
        "spec.stages[0].steps[1].network",
        "spec.network is None, so no step has a network; leave spec.network out, and give None to",
        there="spec.stages",
    ),
    Bad(
        "env of a name with a blank",
        step(env=[{"name": "A B", "value": "c"}]),
        f"{IN_STEP}.env[0].name",
        "this is no name of an environment variable",
        by_schema="should match",
    ),
    Bad(
        "env of variables nested without end",
        step(env=[{"name": "A", "value": "${A:-" * 680 + "}" * 680}]),
        f"{IN_STEP}.env[0].value",
        "variables nested deeper than 8; correct the variable",
        taken=True,
    ),
    Bad(
        "args that are unknown",
        step(args=["VERSION"]),
        f"{IN_STEP}.args[0]",
        "there is no build argument VERSION",
        taken=True,
    ),
    Bad(
        "a user with a blank",
        step(user="a b"),
        f"{IN_STEP}.user",
        "this holds a blank or a control character",
        by_schema="should match",
    ),
    Bad(
        "too many",
        stages(stage(*(_RUN for _ in range(65)))),
        "spec.stages[0].steps",
        "this is longer than 64",
        by_schema="must have at most 64 items",
    ),
    *(
        Bad(
            f"half a variable in {place}",
            spec,
            f"{IN_STEP}.{place}",
            "${ without a name after it; write \\$ for a dollar sign",
            taken=True,
        )
        for spec, place in (
            (step(env=[{"name": "A", "value": "${"}]), "env[0].value"),
            (step(workdir="${"), "workdir"),
            (step(user="${"), "user"),
            (copying(copy=["a", "${"], to="b/"), "copy[1]"),
            (copying(to="${"), "to"),
        )
    ),
    *(
        Bad(f"a name too long in {place}", spec, f"{IN_STEP}.{place}", TOO_LONG, taken=True)
        for spec, place in (
            (copying(to=f"/a/{LONG}"), "to"),
            (step(workdir=f"/a/{LONG}"), "workdir"),
        )
    ),
]
