"""People: the numbers they are known by, how those are written, and what is shown of them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from libs.bangladesh.identifiers import parse_birth_registration_number, parse_nid
from libs.bangladesh.phone import mask, parse_mobile
from libs.bangladesh.text import Malformed
from libs.contracts.identity import ContactChanged, Profile, Role, UpdateProfile
from libs.contracts.language import Language, Text
from libs.errors import FieldError, Unreadable

SHOWN_DIGITS: Final = 3

_PHONE_TEXTS: Mapping[str, Text] = {
    "empty": Text(bn="মোবাইল নম্বর লিখুন।", en="Type your mobile number."),
    "bad_character": Text(
        bn="মোবাইল নম্বরে শুধু সংখ্যা লিখুন, যেমন ০১৭১২৩৪৫৬৭৮।",
        en="A mobile number holds digits only, like 01712345678.",
    ),
    "wrong_length": Text(
        bn="মোবাইল নম্বর ১১ সংখ্যার হয়, যেমন ০১৭১২৩৪৫৬৭৮।",
        en="A mobile number has 11 digits, like 01712345678.",
    ),
    "not_mobile": Text(
        bn="মোবাইল নম্বর ০১৩ থেকে ০১৯ দিয়ে শুরু হয়। নম্বরটি আবার দেখুন।",
        en="A mobile number begins with 013 to 019. Check the number.",
    ),
    "foreign": Text(
        bn="শুধু বাংলাদেশের মোবাইল নম্বরে বার্তা পাঠানো যায়।",
        en="Only mobile numbers of Bangladesh can receive our messages.",
    ),
}
_NID_TEXTS: Mapping[str, Text] = {
    "not_digits": Text(
        bn="জাতীয় পরিচয়পত্র নম্বরে শুধু সংখ্যা লিখুন।",
        en="A national identity number holds digits only.",
    ),
    "wrong_length": Text(
        bn="জাতীয় পরিচয়পত্র নম্বর ১০, ১৩ বা ১৭ সংখ্যার হয়।",
        en="A national identity number has 10, 13 or 17 digits.",
    ),
    "unlikely_year": Text(
        bn="১৭ সংখ্যার জাতীয় পরিচয়পত্র নম্বর জন্মসাল দিয়ে শুরু হয়। নম্বরটি আবার দেখুন।",
        en="A national identity number of 17 digits begins with the year of birth. Check it.",
    ),
    "unknown_district": Text(
        bn="জাতীয় পরিচয়পত্র নম্বরে জেলার কোড মেলেনি। নম্বরটি আবার দেখুন।",
        en="The district code in the national identity number does not exist. Check the number.",
    ),
}
_BIRTH_TEXTS: Mapping[str, Text] = {
    "not_digits": Text(
        bn="জন্ম নিবন্ধন নম্বরে শুধু সংখ্যা লিখুন।",
        en="A birth registration number holds digits only.",
    ),
    "wrong_length": Text(
        bn="জন্ম নিবন্ধন নম্বর ১৭ সংখ্যার হয়।",
        en="A birth registration number has 17 digits.",
    ),
    "handwritten": Text(
        bn="১৬ সংখ্যার নম্বরটি পুরোনো হাতে লেখা নিবন্ধনের। নিবন্ধন কার্যালয়ে গিয়ে আগে অনলাইন করিয়ে নিন।",
        en="A number of 16 digits is from the handwritten books. Have it brought online first.",
    ),
    "unlikely_year": Text(
        bn="জন্ম নিবন্ধন নম্বর জন্মসাল দিয়ে শুরু হয়। নম্বরটি আবার দেখুন।",
        en="A birth registration number begins with the year of birth. Check the number.",
    ),
}


@dataclass(frozen=True, slots=True, repr=False)
class Citizen:
    """A person who proved to hold a phone."""

    citizen_id: UUID
    phone: str
    language: Language
    nid: str | None = None
    birth_registration_number: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class ProfileChange:
    """What a citizen changes, in the form in which it is kept; None leaves a field as it is."""

    language: Language | None
    nid: str | None
    birth_registration_number: str | None


def read_phone(text: str) -> str:
    """Return a mobile number as E.164, or refuse it as Unreadable with an error at `/phone`."""
    return _read(parse_mobile, text, "/phone", _PHONE_TEXTS)


def read_change(asked: UpdateProfile) -> ProfileChange:
    """Return a change of profile with its numbers as they are kept.

    A malformed number is refused as Unreadable, with a field_error that names its field.
    """
    nid, birth = asked.nid, asked.birth_registration_number
    return ProfileChange(
        language=asked.language,
        nid=None if nid is None else _read(parse_nid, nid, "/nid", _NID_TEXTS),
        birth_registration_number=None
        if birth is None
        else _read(
            parse_birth_registration_number, birth, "/birth_registration_number", _BIRTH_TEXTS
        ),
    )


def changed(citizen: Citizen, change: ProfileChange) -> Citizen:
    """Return the citizen with what is given in its place."""
    return replace(
        citizen,
        language=change.language or citizen.language,
        nid=change.nid or citizen.nid,
        birth_registration_number=change.birth_registration_number
        or citizen.birth_registration_number,
    )


def contact_event(citizen: Citizen) -> ContactChanged:
    """Tell how a citizen is to be reached from now on."""
    return ContactChanged(
        citizen_id=citizen.citizen_id, phone=citizen.phone, language=citizen.language
    )


def profile_of(citizen: Citizen, roles: Collection[Role]) -> Profile:
    """Return what a citizen is shown of themselves, numbers masked."""
    return Profile(
        citizen_id=citizen.citizen_id,
        phone=mask(citizen.phone),
        language=citizen.language,
        nid=_masked(citizen.nid),
        birth_registration_number=_masked(citizen.birth_registration_number),
        roles=sorted(roles),
    )


def _masked(number: str | None) -> str | None:
    if number is None:
        return None
    return "*" * (len(number) - SHOWN_DIGITS) + number[-SHOWN_DIGITS:]


def _read(parse: Callable[[str], str], text: str, pointer: str, texts: Mapping[str, Text]) -> str:
    try:
        return parse(text)
    except Malformed as wrong:
        said = texts[wrong.reason]
        field_error = FieldError(pointer, wrong.reason, said.bn, said.en)
        raise Unreadable(
            "wrong_shape", f"{pointer} {wrong.reason}", field_errors=(field_error,)
        ) from None
