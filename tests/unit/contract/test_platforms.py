import pytest

from imagebuild.contract import platforms


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("linux/amd64", "linux/amd64"),
    ],
)
def test_a_platform_is_called_as_buildkit_calls_it(written: str, said: str) -> None:
    assert platforms.normal(written) == said
