"""Build arguments."""

from typing import ClassVar

from pydantic import Field

from imagebuild.api import kinds, model, rules
from imagebuild.api.rules import rule


class ConfigMapKey(model.Model):
    """One key of a ConfigMap in the same namespace."""

    name: kinds.ObjectName = Field(examples=["versions"], description="Name of the ConfigMap.")
    key: kinds.ConfigMapKey = Field(examples=["go"], description="Key in it.")


class ArgSource(model.Model):
    """Where the value of an argument comes from."""

    config_map_key_ref: ConfigMapKey = Field(
        examples=[{"name": "versions", "key": "go"}],
        description="A key of a ConfigMap, whose value is one line; a newline at its end, as files "
        "have, is cut off, and all else is taken as it stands. While there is none the build waits "
        "(reason ContextNotFound); another value starts a build.",
    )


class Arg(model.Model):
    """A build argument. Never a secret: it can be read in this object and in the image."""

    RULES: ClassVar[tuple[rule.Rule, ...]] = rules.ARG

    name: kinds.OwnArgName = Field(
        examples=["GO_VERSION"],
        description="Its name. A stage or step must list it in `args` to see it; `from` sees it "
        "always. Names that begin with BUILDKIT_ are BuildKit's own and refused.",
    )
    value: kinds.FactValue | None = Field(
        default=None,
        examples=["1.22"],
        description="Its value; quote a number, YAML reads 1.20 as 1.2. $(commit7) and the other "
        "facts are replaced, see `publish.images`; write $$( for a plain $(. All else is as it "
        "stands.",
    )
    value_from: ArgSource | None = Field(
        default=None,
        examples=[{"configMapKeyRef": {"name": "versions", "key": "go"}}],
        description="Where its value comes from, instead of `value`.",
    )
