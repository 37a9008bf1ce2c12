"""Ids sort by time, derive from their cause, and tracking numbers can be dictated."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs import ids
from libs.bangladesh.text import Malformed, bangla_digits

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
MOMENTS = st.datetimes(EPOCH, timezones=st.just(UTC))
BITS = st.integers(0, 2**128 - 1)


@given(MOMENTS)
def test_an_id_has_its_millisecond(at: datetime) -> None:
    """The first 48 bits; version and variant are those of RFC 9562."""
    made = ids.new_id(at)
    carried = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=made.int >> 80)
    assert carried == at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert (made.version, made.variant) == (7, RFC_4122)


def test_the_time_zone_makes_no_difference() -> None:
    """Noon in Dhaka and 06:00 UTC give the same bits."""
    at = datetime(2026, 1, 1, 6, tzinfo=UTC)
    there = at.astimezone(timezone(timedelta(hours=6)))
    assert ids.new_id(at).int >> 80 == ids.new_id(there).int >> 80


def test_ids_increase() -> None:
    """Also within a millisecond."""
    made = [ids.new_id() for _ in range(20_000)]
    assert all(earlier < later for earlier, later in pairwise(made))


def test_ids_of_a_given_moment_increase() -> None:
    """Also within a given millisecond."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    made = [ids.new_id(at) for _ in range(1_000)]
    assert all(earlier < later for earlier, later in pairwise(made))


def test_a_given_moment_does_not_affect_later_ids() -> None:
    """An id of the future does not affect ids of now."""
    ids.new_id(datetime(9000, 1, 1, tzinfo=UTC))
    assert ids.new_id() < ids.new_id(datetime(8000, 1, 1, tzinfo=UTC))


def test_a_clock_set_back_does_not_set_ids_back() -> None:
    """Ids keep the last millisecond until the clock has passed it."""
    series = ids.SerialNumbers()
    first = series.next(1_000, never_back=True)
    assert series.next(900, never_back=True) > first
    assert series.next(1_001, never_back=True)[0] == 1_001


def test_threads_never_share_an_id() -> None:
    """Ids made concurrently in several threads differ."""
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: ids.new_id(), range(4_000)))
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("at", [datetime(2026, 1, 1), datetime(1969, 12, 31, tzinfo=UTC)])  # noqa: DTZ001
def test_a_moment_without_time_zone_or_before_1970_is_refused(at: datetime) -> None:
    """An id cannot represent it."""
    with pytest.raises(ValueError, match=r"zone|1970"):
        ids.new_id(at)


@given(st.uuids(), st.uuids(), st.text(max_size=9), st.text(max_size=9))
def test_a_cause_has_one_id_per_purpose(one: UUID, other: UUID, a: str, b: str) -> None:
    """Derived ids are equal if, and only if, cause and purpose are."""
    assert (ids.derived_id(one, a) == ids.derived_id(other, b)) is ((one, a) == (other, b))


@given(st.uuids(), st.text(max_size=9))
def test_a_derived_id_begins_as_its_cause(cause: UUID, purpose: str) -> None:
    """Rows of one application are adjacent in an index; the format is that of RFC 9562."""
    made = ids.derived_id(cause, purpose)
    assert made.int >> 80 == cause.int >> 80
    assert (made.version, made.variant) == (8, RFC_4122)


def test_a_derived_id_is_the_same_in_every_process() -> None:
    """It depends neither on hash seeds nor on releases."""
    code = "from uuid import UUID; from libs import ids; print(ids.derived_id(UUID(int=1), 'sms'))"
    other = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code],
        cwd=Path(ids.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == str(ids.derived_id(UUID(int=1), "sms"))
    assert str(ids.derived_id(UUID(int=1), "sms")) == "00000000-0000-8a4e-8bcd-dd138f02e82b"


@given(BITS)
def test_a_tracking_number_reads_back(bits: int) -> None:
    """Parsing a number returns it; equal ids give equal numbers."""
    number = ids.new_tracking_number(bits)
    assert re.fullmatch(f"NS(-[{ids.ALPHABET}]{{5}}){{3}}", number)
    assert ids.parse_tracking_number(number) == number
    assert ids.new_tracking_number(UUID(int=bits)) == number


def test_tracking_numbers_of_adjacent_ids_are_not_alike() -> None:
    """Other numbers cannot be guessed from one's own."""
    numbers = [ids.new_tracking_number(bits) for bits in range(10_000)]
    assert len(set(numbers)) == 10_000
    shared = [sum(a == b for a, b in zip(x, y, strict=True)) for x, y in pairwise(numbers)]
    assert sum(shared) / len(shared) < 6  # five signs are always the same: NS and the hyphens


@given(BITS)
def test_every_wrong_symbol_is_found(bits: int) -> None:
    """All 15 × 28 single substitutions fail the check."""
    symbols = ids.new_tracking_number(bits).replace("-", "")[2:]
    for place, right in enumerate(symbols):
        for wrong in ids.ALPHABET.replace(right, ""):
            assert not _reads(symbols[:place] + wrong + symbols[place + 1 :])


@given(BITS)
def test_every_swap_is_found(bits: int) -> None:
    """Any two different symbols that are swapped fail the check."""
    symbols = ids.new_tracking_number(bits).replace("-", "")[2:]
    for left in range(len(symbols)):
        for right in range(left + 1, len(symbols)):
            swapped = list(symbols)
            swapped[left], swapped[right] = symbols[right], symbols[left]
            assert _reads("".join(swapped)) is (symbols[left] == symbols[right])


@given(BITS, st.sampled_from(["", " ", "-", "–", ".", " / ", "\u200b", "\n"]), st.booleans())
def test_a_number_is_read_however_it_is_written(bits: int, separator: str, prefixed: bool) -> None:
    """Case, separators, Bangla digits, look-alikes and a missing NS make no difference."""
    number = ids.new_tracking_number(bits)
    groups = number.split("-")[0 if prefixed else 1 :]
    written = separator.join(groups)
    for way in (written, written.lower(), bangla_digits(written), f"  {written} "):
        assert ids.parse_tracking_number(way) == number
    misread = written.translate(str.maketrans("01258V", "OLZSBU"))
    assert ids.parse_tracking_number(misread) == number


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "wrong_length"),
        ("NS-7K4M9", "wrong_length"),
        ("NS-" * 5_000, "wrong_length"),
        ("00000-00000-0000é", "bad_character"),
        ("00000-00000-0000٣", "bad_character"),
        ("00000-00000-00001", "wrong_check"),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(written: str, reason: str) -> None:
    """Each error has its own reason code."""
    with pytest.raises(Malformed) as refused:
        ids.parse_tracking_number(written)
    assert refused.value.reason == reason


@pytest.mark.parametrize("bits", [-1, 2**128])
def test_bits_out_of_range_are_refused(bits: int) -> None:
    """They must be at least 0 and below 2**128."""
    with pytest.raises(ValueError, match="128 bits"):
        ids.new_tracking_number(bits)


def _reads(symbols: str) -> bool:
    try:
        ids.parse_tracking_number(symbols)
    except Malformed as refused:
        return refused.reason != "wrong_check"
    return True


@given(st.binary(min_size=32, max_size=32))
def test_a_tracking_code_is_read_in_any_spelling(digest: bytes) -> None:
    """Small letters, Bangla digits, blanks, and look-alikes."""
    code = ids.code_of(digest)
    assert re.fullmatch(f"[{ids.ALPHABET}]{{5}}-[{ids.ALPHABET}]{{5}}", code)
    for typed in (code.lower(), bangla_digits(code), code.replace("-", " "), code + " "):
        assert ids.parse_code(typed) == code
    assert ids.parse_code(code.replace("0", "O").replace("8", "B").replace("1", "l")) == code
    for wrong in (code[:-1], code + "A", code[:-1] + "!"):
        with pytest.raises(Malformed):
            ids.parse_code(wrong)


def test_tracking_codes_differ() -> None:
    """Each symbol depends on the keyed hash."""
    codes = {ids.code_of(number.to_bytes(32, "big") * 1) for number in range(10_000)}
    assert len(codes) == 10_000


@given(digest=st.binary(min_size=32, max_size=32))
def test_the_number_of_a_paper_is_read_in_any_spelling(digest: bytes) -> None:
    """Twelve symbols, of which the last one checks the others."""
    number = ids.paper_number(digest)
    assert re.fullmatch(f"([{ids.ALPHABET}]{{4}}-){{2}}[{ids.ALPHABET}]{{4}}", number)
    for way in (number, number.lower(), number.replace("-", " "), bangla_digits(number)):
        assert ids.parse_paper_number(way) == number


@given(
    digest=st.binary(min_size=32, max_size=32), place=st.integers(0, 11), shift=st.integers(1, 28)
)
def test_a_wrong_symbol_in_the_number_of_a_paper_is_noticed(
    digest: bytes, place: int, shift: int
) -> None:
    """Any one; and any two that are swapped."""
    symbols = ids.paper_number(digest).replace("-", "")
    value = ids.ALPHABET.index(symbols[place])
    wrong = symbols[:place] + ids.ALPHABET[(value + shift) % 29] + symbols[place + 1 :]
    with pytest.raises(Malformed, match="wrong"):
        ids.parse_paper_number(wrong)
    other = (place + 1) % 12
    swapped = list(symbols)
    swapped[place], swapped[other] = swapped[other], swapped[place]
    if "".join(swapped) != symbols:
        with pytest.raises(Malformed, match="wrong"):
            ids.parse_paper_number("".join(swapped))


@pytest.mark.parametrize("text", ["", "7K4M-9PXR-T3H", "7K4M-9PXR-T3H9X", "!" * 12, "x" * 61])
def test_what_is_no_number_of_a_paper_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        ids.parse_paper_number(text)


def test_a_secret_to_type_has_no_look_alikes() -> None:
    """It is copied from paper; no two are the same."""
    made = {ids.new_typed_secret() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch("[a-z0-9]{5}(-[a-z0-9]{5}){3}", secret) for secret in made)
    assert not set("".join(made)) & set("0125890oilszbuq")
