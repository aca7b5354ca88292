import pytest

from imagebuild.worker.dockerfile import stage_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("FROM a", ("stage-0",)),
        ("FROM a AS App\n", ("app",)),
        ("# syntax=x\n\n  from --platform=$BUILDPLATFORM a:1  as build \nRUN b\nFROM build\n",
         ("build", "stage-1")),
        ("FROM a AS b\r\nFROM b AS c\r\n", ("b", "c")),
        ("ARG FROM=a\nRUN echo FROM a AS b\nCOPY --from=x FROM /\nFROM $FROM\n", ("stage-0",)),
    ],
)  # fmt: skip
def test_stages_are_named_in_the_files_order(text: str, names: tuple[str, ...]) -> None:
    assert stage_names(text) == names
