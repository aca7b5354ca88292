"""Texts of others as a status may hold them: nothing that a terminal obeys, in so many bytes."""

from imagebuild.contract.plain import plain

__all__ = ["cut", "plain"]


def cut(text: str, longest: int) -> str:
    """The text in at most ``longest`` bytes of UTF-8 (3 or more), and … at the end of a part."""
    encoded = text.encode()
    if len(encoded) <= longest:
        return text
    return f"{encoded[: longest - len('…'.encode())].decode(errors='ignore')}…"
