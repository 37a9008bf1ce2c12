"""Messages about wrong fields in both languages: how to correct them, without the input."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from libs.bangladesh.text import bangla_digits
from libs.contracts.language import Text
from libs.errors import FieldError

_MAX_FIELD_ERRORS = 50

_OBJECT = (
    "not_object",
    Text(bn="এখানে একটি অবজেক্ট {} দিন।", en="Give an object {} here."),
)
_CHOICE = (
    "not_allowed",
    Text(bn="এর একটি বেছে নিন: {expected}।", en="Choose one of: {expected}."),
)
_UUID = ("not_uuid", Text(bn="সঠিক UUID দিন।", en="Give a UUID (RFC 9562)."))
_DATE = (
    "not_date",
    Text(bn="তারিখ দিন, যেমন 2026-12-16।", en="Give a date, such as 2026-12-16."),
)
_TIME = (
    "not_time",
    Text(
        bn="সময় দিন, যেমন 2026-12-16T09:30:00+06:00।",
        en="Give a time, such as 2026-12-16T09:30:00+06:00.",
    ),
)

# Keyed by pydantic's error type; values in braces come from the error's context, which has the
# rule's numbers and names, not the input.
_MESSAGES: Mapping[str, tuple[str, Text]] = {
    "missing": ("required", Text(bn="এই ঘরটি পূরণ করুন।", en="Fill in this field.")),
    "extra_forbidden": (
        "unknown_field",
        Text(bn="এই ঘরটি এখানে নেই; বাদ দিন।", en="There is no such field here; leave it out."),
    ),
    "string_type": ("not_text", Text(bn="এখানে লেখা (টেক্সট) দিন।", en="Give a text here.")),
    "string_too_short": (
        "too_short",
        Text(bn="অন্তত {min_length}টি অক্ষর লিখুন।", en="Give at least {min_length} characters."),
    ),
    "string_too_long": (
        "too_long",
        Text(
            bn="সর্বোচ্চ {max_length}টি অক্ষর লেখা যাবে।",
            en="Give at most {max_length} characters.",
        ),
    ),
    "string_pattern_mismatch": (
        "wrong_format",
        Text(bn="লেখার ধরন ঠিক নেই; নমুনা দেখে লিখুন।", en="Write it in the form of the example."),
    ),
    "not_encrypted": (
        "not_encrypted",
        Text(
            bn="https:// দিয়ে শুরু এমন ঠিকানা দিন; http:// হলে পথে অন্যরা তথ্য পড়তে পারে।",
            en="Give an address that begins with https://; over http:// others can read what is "
            "sent.",
        ),
    ),
    "note_missing": (
        "note_missing",
        Text(
            bn='নোটে কারণ, বা কী সংশোধন করতে হবে, তা লিখুন: {"bn": "…", "en": "…"}।',
            en="A refusal needs a note that says why, and a request for correction one that says "
            'what to correct: {"bn": "…", "en": "…"}.',
        ),
    ),
    **dict.fromkeys(
        ("int_type", "int_parsing", "int_parsing_size"),
        ("not_whole_number", Text(bn="একটি পূর্ণ সংখ্যা দিন।", en="Give a whole number.")),
    ),
    "int_from_float": (
        "not_whole_number",
        Text(bn="ভগ্নাংশ ছাড়া পূর্ণ সংখ্যা দিন।", en="Give a whole number without a fraction."),
    ),
    "float_type": ("not_number", Text(bn="একটি সংখ্যা দিন।", en="Give a number.")),
    "bool_type": (
        "not_yes_or_no",
        Text(bn="true অথবা false দিন।", en="Give true or false."),
    ),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), _OBJECT),
    "list_type": ("not_list", Text(bn="এখানে একটি তালিকা [] দিন।", en="Give a list [] here.")),
    "too_long": (
        "too_many",
        Text(bn="সর্বোচ্চ {max_length}টি দেওয়া যাবে।", en="Give at most {max_length} of them."),
    ),
    "too_short": (
        "too_few",
        Text(
            bn="অন্তত {min_length}টি বেছে নিন বা লিখুন।",
            en="Choose or give at least {min_length} of them.",
        ),
    ),
    **dict.fromkeys(("literal_error", "enum"), _CHOICE),
    "greater_than_equal": (
        "too_small",
        Text(bn="অন্তত {ge} দিন।", en="Give at least {ge}."),
    ),
    "greater_than": ("too_small", Text(bn="{gt}-এর বেশি দিন।", en="Give more than {gt}.")),
    "less_than_equal": ("too_large", Text(bn="সর্বোচ্চ {le} দিন।", en="Give at most {le}.")),
    "less_than": ("too_large", Text(bn="{lt}-এর কম দিন।", en="Give less than {lt}.")),
    **dict.fromkeys(("uuid_parsing", "uuid_type"), _UUID),
    **dict.fromkeys(("date_parsing", "date_from_datetime_parsing", "date_type"), _DATE),
    **dict.fromkeys(("datetime_parsing", "datetime_from_date_parsing", "datetime_type"), _TIME),
    "timezone_aware": (
        "no_time_zone",
        Text(bn="সময়ের সঙ্গে টাইমজোন দিন, যেমন +06:00।", en="Add the time zone, such as +06:00."),
    ),
    "value_error": (
        "wrong_value",
        Text(bn="এই মান এখানে চলে না; নিয়ম দেখে ঠিক করুন।", en="Correct this value; see the rule."),
    ),
}
_OTHERWISE = (
    "wrong_value",
    Text(bn="এই ঘরের মান ঠিক নেই; ঠিক করে আবার পাঠান।", en="Correct the value of this field."),
)
# What a message looks like once the numbers and names of a rule are in it.
_GENERAL = re.compile(
    "|".join(
        re.sub(r"\\{[a-z_]+\\}", ".+", re.escape(message))
        for _, text in (*_MESSAGES.values(), _OTHERWISE)
        for message in (text.bn, text.en)
    )
)


def pointer_to(path: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) to a place in a document; empty for the document itself."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def fits_any_field(message: str) -> bool:
    """Whether a message does not say which field it is about."""
    return _GENERAL.fullmatch(message) is not None


def field_errors_of(failure: ValidationError) -> tuple[FieldError, ...]:
    """The field errors of a validation, at most 50."""
    found = failure.errors(include_url=False, include_input=False)
    return tuple(
        _field_error(error["type"], error["loc"], error.get("ctx", {}))
        for error in found[:_MAX_FIELD_ERRORS]
    )


def _field_error(kind: str, path: Sequence[str | int], context: Mapping[str, Any]) -> FieldError:
    code, text = _MESSAGES.get(kind, _OTHERWISE)
    if kind == "string_too_short" and context.get("min_length") == 1:
        _, text = _MESSAGES["missing"]
    bangla = {name: _in_bangla(value) for name, value in context.items()}
    return FieldError(pointer_to(path), code, _filled(text.bn, bangla), _filled(text.en, context))


def _in_bangla(value: Any) -> str:
    """A rule's number in Bangla digits; its choices with pydantic's "or" translated."""
    if isinstance(value, str):
        return value.replace(" or ", " বা ")
    return bangla_digits(str(value))


def _filled(message: str, context: Mapping[str, Any]) -> str:
    for name, value in context.items():
        message = message.replace(f"{{{name}}}", str(value))
    return message
