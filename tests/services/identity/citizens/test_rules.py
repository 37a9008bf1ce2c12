import pytest

from libs.contracts.identity import ContactChanged, UpdateProfile
from libs.errors import Unreadable
from libs.ids import new_id
from services.identity.citizens.numbers import read_phone
from services.identity.citizens.rules import (
    Citizen,
    apply_change,
    contact_event,
    profile_of,
)

RAHIMA = Citizen(new_id(), "+8801712345678", "bn")


@pytest.mark.parametrize(
    "written",
    [
        "01712345678",
        "+880 1712-345678",
        "8801712345678",
        "008801712345678",
        "1712345678",
        "০১৭১২৩৪৫৬৭৮",
        "+৮৮০ ১৭১২ ৩৪৫৬৭৮",
        "017\u200b12\u200d345678\ufeff",
        "(017) 12.34.56.78",
    ],
)
def test_a_phone_is_read_in_every_usual_spelling(written: str) -> None:
    """All usual spellings of a phone number give the same E.164 number."""
    assert read_phone(written) == "+8801712345678"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (" ", "empty"),
        ("0181234567", "wrong_length"),
        ("+4915112345678", "foreign"),
        ("01112345678", "not_mobile"),
        ("0181234567x", "bad_character"),
        ("০১৭১২৩৪৫৬৭\x07", "bad_character"),
        ("9" * 41, "wrong_length"),
    ],
)
def test_a_malformed_phone_is_explained_in_both_languages(written: str, code: str) -> None:
    """The field error points to the field, in both languages, and never repeats the input."""
    with pytest.raises(Unreadable) as refusal:
        read_phone(written)
    (field_error,) = refusal.value.field_errors
    assert (field_error.pointer, field_error.code) == ("/phone", code)
    assert field_error.message_bn != field_error.message_en
    assert written.strip() == "" or written not in f"{refusal.value} {field_error}"


@pytest.mark.parametrize(
    ("field", "written", "code"),
    [
        ("nid", "123", "wrong_length"),
        ("nid", "abc1234567", "not_digits"),
        ("nid", "9991234567890", "unknown_district"),
        ("nid", "17002692619123456", "unlikely_year"),
        ("birth_registration_number", "1990123456789012", "handwritten"),
        ("birth_registration_number", "123", "wrong_length"),
        ("birth_registration_number", "x" * 17, "not_digits"),
        ("birth_registration_number", "17001234567890123", "unlikely_year"),
    ],
)
def test_a_malformed_number_points_to_its_field(field: str, written: str, code: str) -> None:
    """The format of NID and birth registration number is checked."""
    with pytest.raises(Unreadable) as refusal:
        apply_change(RAHIMA, UpdateProfile.model_validate({field: written}))
    (field_error,) = refusal.value.field_errors
    assert (field_error.pointer, field_error.code) == (f"/{field}", code)


def test_a_change_replaces_only_its_fields() -> None:
    """A field that is missing in the change keeps its value."""
    with_nid = apply_change(RAHIMA, UpdateProfile(nid="১২৩ ৪৫৬ ৭৮৯০"))
    in_english = apply_change(with_nid, UpdateProfile(language="en"))
    assert (in_english.language, in_english.nid) == ("en", "1234567890")
    assert in_english.phone == RAHIMA.phone


def test_a_profile_shows_the_last_digits_only() -> None:
    """All numbers are masked in the profile, and a repr shows none."""
    citizen = Citizen(RAHIMA.citizen_id, RAHIMA.phone, "bn", "1234567890", "19901234567890123")
    profile = profile_of(citizen, {"citizen"})
    assert profile.phone == "********678"
    assert profile.nid == "*******890"
    assert profile.birth_registration_number == "**************123"
    assert repr(citizen).find("1234") == -1


def test_a_contact_event_carries_phone_and_language() -> None:
    """The event has the citizen's id, phone and language."""
    event = contact_event(RAHIMA)
    assert isinstance(event, ContactChanged)
    assert (event.citizen_id, event.phone, event.language) == (
        RAHIMA.citizen_id,
        "+8801712345678",
        "bn",
    )
