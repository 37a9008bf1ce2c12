"""Identity numbers are well formed, or refused with a reason. All numbers here are invented."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.bangladesh import identifiers
from libs.bangladesh.text import Malformed, bangla_digits

FORMATS = Path(identifiers.__file__).with_name("reference") / "id_formats.json"
PARSERS: dict[str, Callable[[str], str]] = {
    "nid": identifiers.parse_nid,
    "birth_registration_number": identifiers.parse_birth_registration_number,
}


@pytest.mark.parametrize(
    ("name", "written", "kept"),
    [
        ("nid", "000 000 0001", "0000000001"),
        ("nid", "২৬১১১১১০০০০০১", "2611111000001"),
        ("nid", "1999-26-1-11-11-000001", "19992611111000001"),
        ("birth_registration_number", "1999 00 11111 ০০০০০১", "19990011111000001"),
    ],
)
def test_a_number_is_returned_without_separators(name: str, written: str, kept: str) -> None:
    """Blanks, hyphens and Bangla digits make no difference."""
    assert PARSERS[name](written) == kept
    assert PARSERS[name](kept) == kept


@pytest.mark.parametrize(
    ("name", "written", "reason"),
    [
        ("nid", "", "not_digits"),
        ("nid", "26111110000a1", "not_digits"),
        ("nid", "00000000012", "wrong_length"),
        ("nid", "9911111000001", "unknown_district"),
        ("nid", "19999911111000001", "unknown_district"),
        ("nid", "17992611111000001", "unlikely_year"),
        ("nid", "0" * 100, "wrong_length"),
        ("birth_registration_number", "1999001111100001", "handwritten"),
        ("birth_registration_number", "199900111110000011", "wrong_length"),
        ("birth_registration_number", "99990011111000001", "unlikely_year"),
    ],
)
def test_a_malformed_number_is_refused_with_its_reason(
    name: str, written: str, reason: str
) -> None:
    """Each error has its own reason code."""
    with pytest.raises(Malformed) as refused:
        PARSERS[name](written)
    assert refused.value.reason == reason


@given(st.sampled_from(sorted(PARSERS)), st.data())
def test_parsers_accept_only_formats_of_the_reference(name: str, draw: st.DataObject) -> None:
    """Each parser accepts a part of what id_formats.json describes, in either script."""
    rows = json.loads(FORMATS.read_text(encoding="utf-8"))["rows"]
    pattern = next(row["regex"] for row in rows if row["id"] == name)
    written = draw.draw(st.from_regex(pattern, fullmatch=True) | st.text("A09", max_size=18))
    kept, reason = "", None
    try:
        kept = PARSERS[name](bangla_digits(written))
    except Malformed as refused:
        reason = refused.reason
    if reason is None:
        assert re.fullmatch(pattern, kept)
    elif re.fullmatch(pattern, written):
        assert reason in {"unlikely_year", "unknown_district"}
