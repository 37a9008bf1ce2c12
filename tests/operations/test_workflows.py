from pathlib import Path

import pytest
from typer.testing import CliRunner

from operations.root import make_app

FOLDER = Path("services/catalogue/reference/workflows")
FILES = sorted(FOLDER.glob("S*.json"))


def check(*files: Path) -> tuple[int, str, str]:
    """Run the command; return its status and what it prints."""
    result = CliRunner().invoke(make_app(), ["workflows", "check", *map(str, files)])
    return result.exit_code, result.stdout, result.stderr


def test_the_reference_is_right() -> None:
    """All twelve files at once."""
    assert check(*FILES) == (0, "14 workflows are right\n", "")


def test_a_problem_has_its_file_place_and_reason(tmp_path: Path) -> None:
    """The other files are checked too, and the status is 1."""
    file = tmp_path / "S025.json"
    text = (FOLDER / "S025.json").read_text(encoding="utf-8")
    file.write_text(text.replace('"paid": "accept"', '"paid": "gone"'), encoding="utf-8")
    status, _, told = check(file, FOLDER / "S001.json")
    assert (status, told) == (1, f"{file}: /steps/pay_application/paid: there is no step `gone`\n")


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path, content: bytes) -> None:
    """Also one that is not there."""
    file = tmp_path / "x.json"
    file.write_bytes(content)
    assert check(file)[0] == 1
    assert check(tmp_path / "none.json")[0] == 1


def test_the_version_before_is_looked_for_among_the_files(tmp_path: Path) -> None:
    """A third version is checked against the second of the reference, or the given one."""
    text = (FOLDER / "S020.json").read_text(encoding="utf-8")
    third = tmp_path / "S020.v3.json"
    text = text.replace('"version": 2', '"version": 3').replace(
        '"from_version": 1', '"from_version": 2'
    )
    third.write_text(text.replace('"valid_from": "2025-02-18"', '"valid_from": "2026-02-18"'))
    assert check(third)[0] == 0
