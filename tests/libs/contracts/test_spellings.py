import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import validator_for
from pydantic import BaseModel

from libs.bangladesh.identifiers import parse_birth_registration_number, parse_nid
from libs.bangladesh.phone import parse_mobile
from libs.bangladesh.text import Malformed, normalise_form
from libs.contracts.applications import SaveDraft
from libs.contracts.identity import LogInStaff
from libs.contracts.spellings import Answers, BirthRegistrationNumber, CodeOfSms, Mobile, Nid
from libs.errors import Unreadable
from services.identity.codes.rules import read_code


class Fields(BaseModel):
    """One field of each kind."""

    mobile: Mobile
    code: CodeOfSms
    nid: Nid
    birth: BirthRegistrationNumber
    answers: Answers


SCHEMA = Fields.model_json_schema()
READ: dict[str, Callable[[str], Any]] = {
    "mobile": parse_mobile,
    "code": read_code,
    "nid": parse_nid,
    "birth": parse_birth_registration_number,
}
ACCEPTED = {
    "mobile": [
        "01712345678",
        "+880 (0)1712-345678",
        "০১৭১২-৩৪৫৬৭৮",
        "1712345678",
        "008801912345678",
    ],
    "code": ["123456", "১২৩ ৪৫৬", "123-456-789"],
    "nid": ["1234567890", "১২৩৪৫৬৭৮৯০", "26 1234567890 1", "19902612345678901"],
    "birth": ["19902692612345678", "২০২৬-২৬৯২৬১২৩৪৫৬৭৮"],
}
REFUSED = {
    "mobile": ["", "0171234567", "01112345678", "+44 7700 900123", "01712345678x"],
    "code": ["", "12345", "1234567", "abcdef"],
    "nid": ["123456789", "9912345678901", "18002612345678901"],
    "birth": ["1234567890123456", "18002692612345678", "2100269261234567"],
}


def pattern_of(field: str) -> str:
    """The pattern that the document states."""
    return str(SCHEMA["properties"][field]["pattern"])


@pytest.mark.parametrize(
    ("field", "text"), [(field, text) for field, texts in ACCEPTED.items() for text in texts]
)
def test_what_is_read_matches_the_pattern(field: str, text: str) -> None:
    """A client that checks before it sends refuses nothing that we would read."""
    assert READ[field](text)
    assert re.fullmatch(pattern_of(field), text)


@pytest.mark.parametrize(
    ("field", "text"), [(field, text) for field, texts in REFUSED.items() for text in texts]
)
def test_what_is_refused_does_not_match(field: str, text: str) -> None:
    """What the pattern lets through is not refused for its form."""
    with pytest.raises((Malformed, Unreadable)):
        READ[field](text)
    assert not re.fullmatch(pattern_of(field), text)


@pytest.mark.parametrize("field", list(READ))
@settings(max_examples=30)
@given(data=st.data())
def test_whatever_matches_is_read(field: str, data: st.DataObject) -> None:
    """A valid request by the document is a valid request."""
    longest = SCHEMA["properties"][field]["maxLength"]
    text = data.draw(st.from_regex(pattern_of(field), fullmatch=True))
    if len(text) <= longest:
        assert READ[field](text)


@settings(max_examples=60)
@given(
    answers=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_answers_that_match_are_read(answers: Any) -> None:
    """The schema of a form's answers allows what the reader of forms takes."""
    whole = {"form": answers}
    try:
        json.dumps(whole, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # JSON in UTF-8 cannot carry it
        return
    schema = {**SCHEMA["properties"]["answers"], "$defs": SCHEMA["$defs"]}
    if validator_for(schema).is_valid(whole):
        assert normalise_form(whole) is not None


@pytest.mark.parametrize("answers", [{"a": "\0"}, {"a\0": 1}, {"a": [{"b": 10**18}]}])
def test_answers_that_are_refused_do_not_match(answers: dict[str, Any]) -> None:
    """Control characters and long numbers, at any depth."""
    schema = {**SCHEMA["properties"]["answers"], "$defs": SCHEMA["$defs"]}
    assert not validator_for(schema).is_valid(answers)
    with pytest.raises(Malformed):
        normalise_form(answers)


@pytest.mark.parametrize("value", ["\0", {"a\0": 1}, [{"b": ["\0"]}]])
def test_no_json_with_nul_matches(value: Any) -> None:
    """At any depth of a draft, and of what a passkey answered; any other JSON does."""
    draft = {"public_service_id": "S031", "form_version": 1, "answers": {"x": value}}
    login = {"username": "karim", "password": "x", "passkey": {"x": value}}
    for model, body in ((SaveDraft, draft), (LogInStaff, login)):
        schema = validator_for(model.model_json_schema())
        assert not schema.is_valid(body)
        assert schema.is_valid(json.loads(json.dumps(body).replace("\\u0000", "\\u0001")))
