from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import Refused
from services.ministries.handed_over.rules import Cursor, check_cursor, read_cursor
from tests.services.ministries.scenes import HEALTH, LAND

KEY = b"the key of cursors"
NOW = datetime(2026, 3, 15, 12, 0, 0, tzinfo=UTC)
KEPT = timedelta(days=14)
NUMBERS = st.integers(0, 2**63 - 1)
TIMES = st.floats(0, 4e9).map(lambda at_s: datetime.fromtimestamp(at_s, UTC))


@given(NUMBERS, TIMES)
def test_a_cursor_comes_back_as_it_was_given(number: int, at: datetime) -> None:
    """Its number to the last digit, its time to the second; and made twice it is the same."""
    text = Cursor(number, at).text(LAND, KEY)
    assert text == Cursor(number, at).text(LAND, KEY)
    assert read_cursor(text, LAND, KEY) == Cursor(number, at.replace(microsecond=0))


@given(st.text(max_size=200) | st.binary(max_size=60).map(bytes.hex))
def test_what_nobody_gave_is_unknown(text: str) -> None:
    """Whatever it is."""
    with pytest.raises(Refused, match="cursor_unknown"):
        read_cursor(text, LAND, KEY)


def test_a_cursor_is_of_one_ministry_and_one_platform() -> None:
    """That of another ministry, or of the test platform, would leave something out."""
    text = Cursor(7, NOW).text(LAND, KEY)
    for ministry, key in ((HEALTH, KEY), (LAND, b"another platform")):
        with pytest.raises(Refused, match="cursor_unknown"):
            read_cursor(text, ministry, key)


def test_a_changed_cursor_is_unknown() -> None:
    """It cannot be moved by hand."""
    text = Cursor(7, NOW).text(LAND, KEY)
    for place in range(len(text)):
        other = "B" if text[place] == "A" else "A"
        with pytest.raises(Refused, match="cursor_unknown"):
            read_cursor(text[:place] + other + text[place + 1 :], LAND, KEY)


def test_a_cursor_ends_with_what_is_kept() -> None:
    """To the second: what follows an older one may be gone."""
    check_cursor(Cursor(7, NOW - KEPT), 7, NOW, KEPT)
    with pytest.raises(Refused, match="cursor_too_old"):
        check_cursor(Cursor(7, NOW - KEPT - timedelta(seconds=1)), 7, NOW, KEPT)


def test_a_number_that_was_never_given_is_unknown() -> None:
    """The database is an older one than that of the cursor: what it had is not there."""
    check_cursor(Cursor(7, NOW), 7, NOW, KEPT)
    with pytest.raises(Refused, match="cursor_unknown"):
        check_cursor(Cursor(8, NOW), 7, NOW, KEPT)
