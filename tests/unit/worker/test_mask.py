import pytest

from imagebuild.worker.mask import mask


@pytest.mark.parametrize(
    ("secrets", "text", "shown"),
    [
        ([], "nothing to hide", "nothing to hide"),
        (["hunter2"], "hunter2 and hunter2", "*** and ***"),
        (["pass", "password"], "password pass", "*** ***"),
        (["a.c*"], "a.c* abcc", "*** abcc"),
        (["", "abc"], "abc is too short to hide", "abc is too short to hide"),
    ],
)
def test_secrets_are_hidden(secrets: list[str], text: str, shown: str) -> None:
    assert mask(secrets)(text) == shown
