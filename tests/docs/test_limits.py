"""Every limit of docs/limits.md that names a line of code is in the code as it is written there."""

import re

import pytest

from tests.docs.shell import CHECKOUT

_PAGE = CHECKOUT / "docs" / "limits.md"
_WHERE = re.compile(r"`(?P<file>[a-z][\w/]*\.py)`: `(?P<line>[^`]+)`", re.ASCII)
PLACES = _WHERE.findall(_PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("file", "line"), PLACES)
def test_a_limit_is_where_the_page_says(file: str, line: str) -> None:
    """The line has been neither renamed, nor moved, nor given another number."""
    assert line in (CHECKOUT / file).read_text(encoding="utf-8")


def test_the_page_names_a_place_for_most_limits() -> None:
    """The pattern finds the places."""
    assert len(PLACES) > 60
