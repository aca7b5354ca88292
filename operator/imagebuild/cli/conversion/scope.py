"""What variables are worth at a line of a Dockerfile, as far as the Dockerfile alone can tell."""

from collections.abc import Iterator, Mapping

from e2b_dockerfile_utils import ShellLex

from imagebuild.api import arguments
from imagebuild.cli.conversion.problems import CannotSayError

# Build arguments that BuildKit itself sets, once it knows the platform.
PREDEFINED = arguments.PREDEFINED


class UnknownError(Exception):
    """A variable has a value that the Dockerfile does not tell: ``name``."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Scope(Mapping[str, str]):
    """Values by name; looking up one that is not known raises UnknownError.

    ``values``: None is a value that is not known. ``closed``: what is not in it is unset; else the
    base image may have set it.
    """

    def __init__(self, values: Mapping[str, str | None], *, closed: bool) -> None:
        self._values = dict(values)
        self._closed = closed

    def __getitem__(self, name: str) -> str:
        if name not in self._values and self._closed:
            raise KeyError(name)
        value = self._values.get(name)
        if value is None:
            raise UnknownError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def copy(self) -> "Scope":
        """The same values, to go on from."""
        return Scope(self._values, closed=self._closed)

    def set(self, name: str, value: str | None) -> None:
        """From here on it has this value."""
        self._values[name] = value


def of_file() -> Scope:
    """Before the first stage: only what BuildKit itself sets."""
    return Scope(dict.fromkeys(PREDEFINED), closed=True)


def of_image() -> Scope:
    """In a stage that starts from an image, with variables of its own."""
    return Scope({}, closed=False)


def of_scratch() -> Scope:
    """In a stage that starts from nothing; BuildKit gives it a PATH."""
    return Scope({"PATH": None}, closed=True)


def expand(word: str, scope: Mapping[str, str], *, escape: str) -> str:
    """A word with its variables replaced.

    Raises UnknownError for one that is not known, CannotSayError for what is no word.
    """
    try:
        return ShellLex(escape, env=scope, skip_unset_env=False).process_word(word)
    except ValueError as error:
        raise CannotSayError(str(error), "correct it") from None


def expand_content(content: str, scope: Mapping[str, str]) -> str:
    """The content of a heredoc with its variables replaced; UnknownError as ``expand``."""
    lexer = ShellLex("\\", skip_process_quotes=True, env=scope, skip_unset_env=False)
    try:
        return lexer.process_word(content)
    except ValueError as error:
        raise CannotSayError(str(error).partition(": ")[2], "correct it") from None


def static(word: str, scope: Mapping[str, str], *, escape: str) -> str:
    """A word where an ImageBuild takes no variable; CannotSayError for one that is not known."""
    try:
        return expand(word, scope, escape=escape)
    except UnknownError as unknown:
        raise CannotSayError(
            f"the value of ${unknown.name} is not known, and no variable can stand here",
            f"write its value; if it is an argument, give --build-arg {unknown.name}=...",
        ) from None
