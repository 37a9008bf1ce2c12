"""Every bad input that the README of ministries names has a treatment, and a test that shows it."""

import re
from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "services" / "ministries"
_HEADING = "## What a ministry may send wrongly"
_ROW = re.compile(
    r"^\| (?P<what>[^|]+) \| [^|]+ \| \[`(?P<test>\w+)`\]\((?P<path>\S+)\) \|$",
    re.ASCII | re.MULTILINE,
)


def rows() -> list[tuple[str, str, str]]:
    """What comes, the test, and its file."""
    page = (_FOLDER / "README.md").read_text(encoding="utf-8")
    part = page[page.index(_HEADING) + 3 :].partition("\n## ")[0]
    return [(found["what"], found["test"], found["path"]) for found in _ROW.finditer(part)]


def test_every_line_of_the_table_is_read() -> None:
    """None is left out because it is written in another way."""
    page = (_FOLDER / "README.md").read_text(encoding="utf-8")
    part = page[page.index(_HEADING) + 3 :].partition("\n## ")[0]
    assert len(rows()) == sum(line.startswith("| ") for line in part.splitlines()) - 2 > 20


@pytest.mark.parametrize(("what", "test", "path"), rows())
def test_a_treatment_has_its_test(what: str, test: str, path: str) -> None:
    """It exists under its name."""
    content = (_FOLDER / path).read_text(encoding="utf-8")
    assert re.search(rf"def {test}\(", content, re.ASCII), what
