import pytest

from imagebuild.worker.solve import crossing


@pytest.mark.parametrize(
    ("name", "crosses", "runs_on", "is_for"),
    [
        ("linux/arm/v7", False, "linux/arm/v7", "linux/arm/v7"),
        ("linux/amd64->arm64", True, "linux/amd64", "linux/arm64"),
        ("linux/amd64->arm/v7", True, "linux/amd64", "linux/arm/v7"),
        ("linux/arm/v7->amd64", True, "linux/arm/v7", "linux/amd64"),
        ("linux/amd64->windows/amd64", True, "linux/amd64", "windows/amd64"),
        ("", False, "", ""),
    ],
)
def test_a_name_tells_where_steps_run_and_what_for(
    *, name: str, crosses: bool, runs_on: str, is_for: str
) -> None:
    assert crossing.crosses(name) is crosses
    assert (crossing.runs_on(name), crossing.is_for(name)) == (runs_on, is_for)
