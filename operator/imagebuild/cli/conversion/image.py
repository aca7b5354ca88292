"""What an image says of itself, as fields of a stage: ports, signal, health check, programs.

Source: BuildKit's frontend/dockerfile/instructions and dockerfile2llb/convert_expose.go
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from e2b_dockerfile_utils import DockerfileInstruction

from imagebuild.cli.conversion import flags
from imagebuild.cli.conversion.here import Here
from imagebuild.cli.conversion.problems import CannotSayError

_PORT = re.compile(r"(?P<first>\d{1,5})(-(?P<last>\d{1,5}))?(/(?P<protocol>tcp|udp|sctp)?)?")
_DURATION = re.compile(r"(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+")
_PART = re.compile(r"(\d+\.?\d*|\.\d+)([a-zµμ]+)")
_SECONDS = {
    "h": Fraction(3600),
    "m": Fraction(60),
    "s": Fraction(1),
    "ms": Fraction(1, 10**3),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "μs": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}
_CHECK = {
    "interval": "intervalSeconds",
    "timeout": "timeoutSeconds",
    "start-period": "startPeriodSeconds",
    "start-interval": "startIntervalSeconds",
}


def ports(instruction: DockerfileInstruction, here: Here) -> Iterator[int | str]:
    """What EXPOSE names; a range is each of its ports."""
    flags.read(instruction)
    for word in instruction.args:
        for text in here.static(word).split():
            match = _PORT.fullmatch(text.lower())
            if match is None:
                raise CannotSayError(f"{text} is no port", "write it as 8080, 53/udp or 8000-8010")
            first, last = int(match["first"]), int(match["last"] or match["first"])
            protocol = match["protocol"] or "tcp"
            for port in range(first, last + 1):
                yield port if protocol == "tcp" else f"{port}/{protocol}"


def stop_signal(instruction: DockerfileInstruction, here: Here) -> str:
    """STOPSIGNAL, written with its SIG."""
    text = here.static("".join(instruction.args)).upper()
    return text if text.isdecimal() or text.startswith("SIG") else f"SIG{text}"


def program(instruction: DockerfileInstruction, shell: Sequence[str]) -> list[str]:
    """What CMD and ENTRYPOINT run."""
    flags.read(instruction)
    if instruction.json:
        return list(instruction.args)
    return [*shell, *instruction.args]


def healthcheck(instruction: DockerfileInstruction, shell: Sequence[str]) -> dict[str, Any]:
    """HEALTHCHECK; Docker runs its shell form with the shell of the image."""
    given = flags.read(instruction, texts=(*_CHECK, "retries"))
    kind, *words = instruction.args or [""]
    if kind.upper() == "NONE":
        return {"exec": []}
    if kind.upper() != "CMD" or not "".join(words):
        raise CannotSayError("HEALTHCHECK has no command", "write HEALTHCHECK CMD ...")
    found: dict[str, Any] = {"exec": words if instruction.json else [*shell, *words]}
    for flag, field in _CHECK.items():
        seconds = _seconds(flag, given.text(flag) or "0")
        if seconds:
            found[field] = seconds
    retries = given.text("retries") or "0"
    if not retries.isdecimal():
        raise CannotSayError(f"--retries={retries} is no number", "correct it")
    return found | ({"retries": int(retries)} if int(retries) else {})


def _seconds(flag: str, text: str) -> int:
    if text.strip("0") == "":
        return 0
    if not _DURATION.fullmatch(text):
        raise CannotSayError(f"--{flag}={text} is no duration", "write it as 30s or 1m30s")
    total = sum(
        Fraction(number.strip(".")) * _SECONDS[unit] for number, unit in _PART.findall(text)
    )
    if total != int(total):
        raise CannotSayError(f"--{flag}={text} is no whole number of seconds", "round it")
    return int(total)
