"""A mobile number has one E.164 form, however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.bangladesh import phone
from libs.bangladesh.text import Malformed, bangla_digits

WRITTEN = [
    "01700000123",
    "1700000123",
    "8801700000123",
    "+8801700000123",
    "+880 1700-000123",
    "+880 (0)1700 000 123",
    "+88 01700 000123",
    "008801700000123",
    "0088 01700 000123",
    "880-01700000123",
    "017.0000.0123",
    "(017) 00000123",
    "[017]00000123",
    "০১৭০০০০০১২৩",
    "+৮৮০ ১৭০০-০০০১২৩",
    "\u200e01700\u2011000123\u200b",
    " 017 0000 0123\n",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_every_way_of_writing_is_the_same_number(written: str) -> None:
    """Prefixes, separators and Bangla digits make no difference."""
    assert phone.parse_mobile(written) == "+8801700000123"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "empty"),
        (" - ", "empty"),
        ("0170000012a", "bad_character"),
        ("01700+000123", "bad_character"),
        ("٠١٧٠٠٠٠٠١٢٣", "bad_character"),
        ("0170000012", "wrong_length"),
        ("017000001234", "wrong_length"),
        ("880170000012", "wrong_length"),
        ("0" * 5000, "wrong_length"),
        ("01100000123", "not_mobile"),
        ("01200000123", "not_mobile"),
        ("01000000123", "not_mobile"),
        ("+8801100000123", "not_mobile"),
        ("+8802200000123", "not_mobile"),
        ("+919800000123", "foreign"),
        ("00919800000123", "foreign"),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(written: str, reason: str) -> None:
    """Each error has its own reason code."""
    with pytest.raises(Malformed) as refused:
        phone.parse_mobile(written)
    assert refused.value.reason == reason


@given(st.from_regex(r"\A1[3-9][0-9]{8}\Z"), st.sampled_from(["", "0", "880", "+880", "00880"]))
def test_a_parsed_number_is_parsed_again_unchanged(subscriber: str, prefix: str) -> None:
    """The E.164 and the national form give the same number."""
    kept = phone.parse_mobile(bangla_digits(prefix + subscriber))
    assert kept == f"+880{subscriber}"
    assert phone.parse_mobile(kept) == kept
    assert phone.parse_mobile(phone.national(kept)) == kept


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Any text is parsed or raises Malformed."""
    try:
        kept = phone.parse_mobile(text)
    except Malformed:
        return
    assert phone.national(kept).startswith("01")


def test_a_masked_number_shows_three_digits() -> None:
    """Its owner recognises the number, and others do not learn it."""
    assert phone.mask("+8801700000123") == "********123"


def test_a_prefix_without_an_operator_gets_nothing() -> None:
    """The regulator's table decides, not a library that still knows closed operators."""
    assert set(phone.operators()) == {f"01{digit}" for digit in "3456789"}
    for prefix in (f"{number:03d}" for number in range(1000)):
        if prefix in phone.operators():
            assert phone.parse_mobile(f"{prefix}00000123")
        else:
            with pytest.raises(Malformed):
                phone.parse_mobile(f"+880{prefix.removeprefix('0')}00000123")


@pytest.mark.parametrize("other", ["01700000123", "+8801100000123", "+8801700000123\n", ""])
def test_only_a_parsed_number_is_written_out(other: str) -> None:
    """A number that was not parsed is refused."""
    with pytest.raises(Malformed):
        phone.national(other)
