"""Wrong settings of the whole build, and characters that nothing may hold."""

from tests.badspecs.case import IN_STEP, Bad, copying, stage, stages, step, with_file
from tests.badspecs.results import FACT

CONTROL = "this holds a control character"


def with_args(*args):
    return stages(stage(), args=list(args))


CONTROLS = [
    Bad(name, spec, path, CONTROL, by_schema="should match")
    for name, spec, path in (
        ("bell in run", step(run="echo \a"), f"{IN_STEP}.run"),
        ("carriage return in run", step(run="a\r\nb"), f"{IN_STEP}.run"),
        ("bell in exec", step(exec=["a\a"]), f"{IN_STEP}.exec[0]"),
        ("newline in to", copying(to="./\nRUN true/"), f"{IN_STEP}.to"),
        ("newline in copy", copying(copy=["a\nRUN true"]), f"{IN_STEP}.copy[0]"),
        (
            "newline in a file's path",
            step(file={"path": "/a\nRUN b", "content": ""}),
            f"{IN_STEP}.file.path",
        ),
        (
            "bell in a file",
            step(file={"path": "/a", "content": "\a"}),
            f"{IN_STEP}.file.content",
        ),
        ("newline in workdir", stages(stage(workdir="/a\nRUN b")), "spec.stages[0].workdir"),
        ("newline in a volume", stages(stage(volumes=["/a\nRUN b"])), "spec.stages[0].volumes[0]"),
        (
            "newline in env",
            stages(stage(env=[{"name": "A", "value": "b\nRUN c"}])),
            "spec.stages[0].env[0].value",
        ),
        ("newline in a label", stages(stage(labels={"a": "b\nRUN c"})), "spec.stages[0].labels.a"),
        ("bell in cmd", stages(stage(cmd=["a\a"])), "spec.stages[0].cmd[0]"),
        (
            "bell in shell",
            {"stages": [{**stage(), "shell": ["a\a"]}]},
            "spec.stages[0].shell[0]",
        ),
        (
            "bell in a check",
            stages(stage(healthcheck={"exec": ["a\a"]})),
            "spec.stages[0].healthcheck.exec[0]",
        ),
        (
            "bell in a context's file",
            {**with_file("a"), "context": {"files": {"a": "\a"}}},
            "spec.context.files.a",
        ),
        (
            "newline in ignore",
            {**with_file("a"), "context": {"files": {"a": ""}, "ignore": ["a\nb"]}},
            "spec.context.ignore[0]",
        ),
    )
]

OTHERS = [
    Bad(
        "escape in inline",
        {"dockerfile": {"inline": "FROM a\x1b"}},
        "spec.dockerfile.inline",
        f"{CONTROL}; remove it; newline, tab and the carriage returns of CRLF are allowed",
    ),
    Bad(
        "an empty inline",
        {"dockerfile": {"inline": ""}},
        "spec.dockerfile.inline",
        "this is empty; fill it in",
        by_schema="should be at least 1 chars",
    ),
    Bad(
        "BuildKit's own argument",
        with_args({"name": "BUILDKIT_SYNTAX", "value": "x"}),
        "spec.args[0].name",
        "arguments that begin with BUILDKIT_ are BuildKit's own; choose another name",
    ),
    Bad(
        "an argument by an unknown fact",
        with_args({"name": "V", "value": "$(version)"}),
        "spec.args[0].value",
        FACT,
    ),
    Bad(
        "an argument twice",
        with_args({"name": "V", "value": "1"}, {"name": "V", "value": "2"}),
        "spec.args",
        "V is there 2 times; keep one",
        by_schema="duplicate entries",
    ),
    Bad(
        "an argument without value",
        with_args({"name": "V"}),
        "spec.args[0]",
        "an argument has exactly one of value and valueFrom; give one of them",
    ),
    Bad(
        "an argument of two values",
        with_args(
            {
                "name": "V",
                "value": "1",
                "valueFrom": {"configMapKeyRef": {"name": "versions", "key": "go"}},
            }
        ),
        "spec.args[0]",
        "an argument has exactly one of value and valueFrom",
    ),
    Bad(
        "no time",
        stages(stage(), timeoutSeconds=0),
        "spec.timeoutSeconds",
        "greater than or equal to 1",
        by_schema="greater than or equal to 1",
    ),
    Bad(
        "no platform",
        stages(stage(), platforms=["amd64"]),
        "spec.platforms[0]",
        "this is no platform; write it as linux/amd64 or linux/arm/v7",
        by_schema="should match",
    ),
    Bad(
        "a platform twice",
        stages(stage(), platforms=["linux/amd64", "linux/arm64", "linux/amd64"]),
        "spec.platforms",
        "a platform is named twice; keep one",
    ),
    Bad(
        "no quantity",
        stages(stage(), resources={"limits": {"memory": "4 GB"}}),
        "spec.resources.limits.memory",
        "this is no quantity above 0, and Kubernetes takes 0 for no limit; write it as 500m, 2",
        by_schema="should match",
    ),
    Bad(
        "a limit that is none",
        stages(stage(), resources={"limits": {"memory": "0.0Gi"}}),
        "spec.resources.limits.memory",
        "this is no quantity above 0, and Kubernetes takes 0 for no limit",
        by_schema="should match",
    ),
    Bad(
        "a limit of 0 as a number",
        stages(stage(), resources={"limits": {"cpu": 0}}),
        "spec.resources.limits.cpu",
        "0 would be no limit: Kubernetes takes it for none; write the most",
        by_schema="greater than or equal to 1",
    ),
    Bad(
        "no resource",
        stages(stage(), resources={"limits": {"mem": "4Gi"}}),
        "spec.resources.limits.mem",
        "there is no resource mem; did you mean memory?",
        taken=True,
    ),
    Bad(
        "a quantity beyond all numbers",
        stages(stage(), resources={"requests": {"memory": "1e9999999"}, "limits": {"memory": "1"}}),
        "spec.resources.requests.memory",
        "this is no quantity; write it as 500m, 2 or 4Gi",
        by_schema="should match",
    ),
    Bad(
        "a request above its limit",
        stages(stage(), resources={"requests": {"cpu": 2}, "limits": {"cpu": "1500m"}}),
        "spec.resources",
        "cpu requests 2, more than its limit 1500m",
        taken=True,
    ),
    Bad(
        "a secret of no name",
        stages(stage(), registrySecrets=[{"name": "a/b"}]),
        "spec.registrySecrets[0].name",
        "this is no name of an object",
        by_schema="should match",
    ),
]
