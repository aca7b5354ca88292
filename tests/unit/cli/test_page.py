"""The page about the command shows what it does."""

import re
from pathlib import Path

from imagebuild.cli import convert

PAGE = Path(__file__).parents[3] / "docs/how-to/convert-a-dockerfile.md"


def block(language):
    return re.search(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)[1]


def test_the_page_shows_what_is_printed(capsys, tmp_path):
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(block("dockerfile"))
    _, _, _, *options, _, _, _ = block("sh").split()
    assert convert.main([*options, str(dockerfile)]) == 0
    assert capsys.readouterr() == (block("yaml"), "")
