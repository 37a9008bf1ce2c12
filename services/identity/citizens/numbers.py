"""Read mobile, NID and birth registration numbers as citizens type them."""

from collections.abc import Callable, Mapping

from libs.bangladesh.identifiers import parse_birth_registration_number, parse_nid
from libs.bangladesh.phone import parse_mobile
from libs.bangladesh.text import Malformed
from libs.contracts.language import Text
from libs.errors import FieldError, Unreadable

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


def read_phone(text: str) -> str:
    """Return a mobile number as E.164.

    Raises:
        Unreadable: it is not a mobile number of Bangladesh; with a field error at `/phone`.
    """
    return _read(parse_mobile, text, "/phone", _PHONE_TEXTS)


def read_nid(text: str) -> str:
    """Return a national identity number as digits.

    Raises:
        Unreadable: it is malformed; with a field error at `/nid`.
    """
    return _read(parse_nid, text, "/nid", _NID_TEXTS)


def read_birth_registration_number(text: str) -> str:
    """Return a birth registration number as digits.

    Raises:
        Unreadable: it is malformed; with a field error at `/birth_registration_number`.
    """
    return _read(parse_birth_registration_number, text, "/birth_registration_number", _BIRTH_TEXTS)


def _read(parse: Callable[[str], str], text: str, pointer: str, texts: Mapping[str, Text]) -> str:
    try:
        return parse(text)
    except Malformed as wrong:
        message = texts[wrong.reason]
        error = FieldError(pointer, wrong.reason, message.bn, message.en)
        raise Unreadable(
            "wrong_shape", f"{pointer} {wrong.reason}", field_errors=(error,)
        ) from None
