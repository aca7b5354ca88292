"""The build arguments, as far as their values are known before the build.

A value with facts in it is known only to the build; one from a ConfigMap only after that was read.
What the build passes always wins over what stands here.
"""

from collections.abc import Iterable

from imagebuild.api.spec import Arg
from imagebuild.contract import facts

# What stands for a value that is not known, fit to be a repository, a tag and a word.
UNKNOWN = "unknown"


def known(args: Iterable[Arg]) -> dict[str, str]:
    """The values that are known, by name."""
    return {
        arg.name: facts.expand(arg.value, {})
        for arg in args
        if arg.value is not None and not facts.names(arg.value)
    }


def default(arg: Arg) -> str:
    """The value where it is known, else one that can stand wherever it can.

    BuildKit warns of a `FROM` that makes no sense without the arguments that it is given.
    """
    if arg.value is None:
        return UNKNOWN
    return facts.expand(arg.value, dict.fromkeys(facts.names(arg.value), UNKNOWN))
