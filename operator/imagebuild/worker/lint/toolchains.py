"""What is known of package managers, compilers and the images that bring them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from imagebuild.worker.lint.shellscript import Command


@dataclass(frozen=True, slots=True)
class Manager:
    """A package manager: what leaves its lists or downloads in the layer, and what removes them.

    ``fills`` are the verbs that leave something in ``directories`` (how a path of them ends),
    unless one of ``flags`` is given or one of ``environment`` is set; ``cleans`` is what a script
    says to remove it, ``mend`` the advice. ``installs``: verbs that bring packages which may be
    compilers.
    """

    programs: frozenset[str]
    fills: frozenset[str]
    cleans: re.Pattern[str]
    directories: tuple[str, ...]
    mend: str
    flags: frozenset[str] = frozenset()
    environment: frozenset[str] = frozenset()
    installs: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _cleans(text: str) -> re.Pattern[str]:
    return re.compile(text)


MANAGERS = (
    Manager(
        programs=_words("apt apt-get aptitude"),
        fills=_words("update"),
        installs=_words("install"),
        cleans=_cleans(r"\brm\b[^\n]*/var/lib/apt"),
        directories=("/var/lib/apt", "/var/lib/apt/lists"),
        mend="end the same RUN with rm -rf /var/lib/apt/lists/*",
    ),
    Manager(
        programs=_words("apk"),
        fills=_words("add update upgrade"),
        installs=_words("add"),
        flags=_words("--no-cache"),
        cleans=_cleans(r"\brm\b[^\n]*/var/cache/apk"),
        directories=("/var/cache", "/var/cache/apk", "/etc/apk/cache"),
        mend="say apk add --no-cache, or apk upgrade --no-cache, which need no apk update",
    ),
    Manager(
        programs=_words("dnf microdnf tdnf yum"),
        fills=_words("install update upgrade makecache groupinstall"),
        installs=_words("install groupinstall"),
        cleans=_cleans(r"\bclean\s+all\b|\brm\b[^\n]*/var/cache"),
        directories=("/var/cache", "/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum"),
        mend="end the same RUN with its clean all",
    ),
    Manager(
        programs=_words("zypper"),
        fills=_words("install in refresh ref update up"),
        installs=_words("install in"),
        cleans=_cleans(r"\bzypper\s+(?:clean|cc)\b|\brm\b[^\n]*/var/cache"),
        directories=("/var/cache", "/var/cache/zypp"),
        mend="end the same RUN with zypper clean --all",
    ),
    Manager(
        programs=_words("pip"),
        fills=_words("install wheel download"),
        flags=_words("--no-cache-dir --no-cache --no-index"),
        environment=_words("PIP_NO_CACHE_DIR"),
        cleans=_cleans(r"\bcache\s+purge\b|\brm\b[^\n]*\.cache|PIP_NO_CACHE_DIR="),
        directories=("/.cache", "/.cache/pip"),
        mend="say pip install --no-cache-dir",
    ),
    Manager(
        programs=_words("npm"),
        fills=_words("ci install i"),
        environment=_words("NPM_CONFIG_CACHE npm_config_cache"),
        cleans=_cleans(r"\bcache\s+clean\b|\brm\b[^\n]*\.npm\b|(?i:npm_config_cache=|--cache\b)"),
        directories=("/.npm",),
        mend="end the same RUN with npm cache clean --force",
    ),
)

# Removing what was installed, in the same layer, leaves nothing behind.
_REMOVES = _words("del purge remove autoremove erase")

_COMPILER = re.compile(
    r"(?:gcc|g\+\+|gcc-c\+\+|clang|llvm|golang|golang-go|go|rust|rustc|cargo|make|cmake|meson"
    r"|ninja-build|autoconf|automake|build-essential|build-base|maven|gradle|ghc|gfortran"
    r"|base-devel|linux-headers|openjdk|default-jdk)(?:-?\d[\d.]*)?(?:-jdk(?:-headless)?)?"
    r"|.+-(?:dev|devel)"
)

# Commands that make a program of a project's source, with the verbs that do; any where none.
_PROJECT = {
    "go": _words("build install run"),
    "cargo": _words("build install run"),
    "dotnet": _words("build publish"),
    "swift": _words("build"),
    "zig": _words("build build-exe"),
    "stack": _words("build install"),
    "cabal": _words("build install"),
    **dict.fromkeys(["mvn", "mvnw", "gradle", "gradlew", "sbt", "cmake"], frozenset[str]()),
}
_SINGLE = _words("make ninja cc gcc g++ c++ clang clang++ rustc javac ghc")

_BUILDER_IMAGES = _words(
    "golang go rust gcc clang maven gradle sbt haskell buildpack-deps emsdk go-toolset gcc-toolset"
)
_INTERPRETER_IMAGES = _words("python node ruby php perl pypy bun deno elixir erlang r-base")
_UNVERSIONED = re.compile(r"[\d.]+\Z")
_UNPRIVILEGED = re.compile(r"nonroot|rootless|unprivileged")
_SEARCHES = _words("grep egrep fgrep zgrep")
_QUIET = re.compile(r"-[A-Za-z]*q[A-Za-z]*|--quiet|--silent")
_TESTS = _words("[ [[ test")
_HARMLESS = _words("echo printf yes true : tee done fi esac }")


def manager_of(command: Command) -> Manager | None:
    """The package manager that a command calls, also as python -m pip."""
    program = _UNVERSIONED.sub("", command.program)
    if program == "python" and command.arguments[:2] == ("-m", "pip"):
        program = "pip"
    return next((manager for manager in MANAGERS if program in manager.programs), None)


def fills_cache(manager: Manager, command: Command) -> bool:
    """Whether a command of the manager leaves lists or downloads behind."""
    arguments = set(command.arguments)
    return bool(arguments & manager.fills) and not arguments & manager.flags


def compilers_installed(commands: Iterable[Command]) -> tuple[str, ...]:
    """The compilers, build tools and headers that these commands install and do not remove."""
    found: list[str] = []
    for command in commands:
        manager = manager_of(command)
        if manager is None or not manager.installs:
            continue
        if _REMOVES & set(command.arguments):
            return ()
        if manager.installs & set(command.arguments):
            found += filter(_is_compiler, command.arguments)
    return tuple(found)


def _is_compiler(package: str) -> bool:
    name = re.split(r"[=<>~:]", package, maxsplit=1)[0]
    return not name.startswith("-") and bool(_COMPILER.fullmatch(name))


def builds_project(command: Command) -> bool:
    """Whether a command compiles a whole project."""
    verbs = _PROJECT.get(command.program)
    return verbs is not None and (not verbs or bool(verbs & set(command.arguments)))


def compiles(command: Command) -> bool:
    """Whether a command compiles anything."""
    return builds_project(command) or command.program in _SINGLE


def is_harmless(command: Command) -> bool:
    """Whether a failure of the command would tell nothing, or can't be told from its name."""
    if command.program == "cat":  # of no file: a document, or what is piped into it
        files = [word for word in command.arguments if not word.startswith("-")]
        return not files or files[0].startswith("<<<")
    return command.program in _HARMLESS


def is_test(command: Command) -> bool:
    """Whether a command is called for its exit code."""
    if command.program in _SEARCHES:
        return any(map(_QUIET.fullmatch, command.arguments))
    return command.program in _TESTS


def _name(image: str) -> str:
    """The last part of an image's repository."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def is_builder_image(image: str) -> bool:
    """Whether an image brings compilers by what it is called."""
    last = image.partition("@")[0].rpartition("/")[2]
    return _name(image) in _BUILDER_IMAGES or bool({"jdk", "sdk"} & set(re.split(r"[:._-]", last)))


def is_interpreter_image(image: str) -> bool:
    """Whether the programs of an image are run from their source."""
    return _name(image) in _INTERPRETER_IMAGES


def is_unprivileged_image(image: str) -> bool:
    """Whether an image says by its name that it does not run as root."""
    return bool(_UNPRIVILEGED.search(image))


def is_pinned(image: str) -> bool:
    """Whether an image is named by a digest, or by a tag other than ``latest``."""
    name, digest, _ = image.partition("@")
    return bool(digest) or name.rpartition("/")[2].partition(":")[2] not in ("", "latest")
