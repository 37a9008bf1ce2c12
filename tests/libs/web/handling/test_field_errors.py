from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from libs.web.handling.field_errors import field_errors_of, pointer_to


class Everything(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=2, max_length=4, pattern="^[a-z]+$")] = "ab"
    number: Annotated[int, Field(ge=1, le=9)] = 1
    share: float = 0.5
    yes: bool = True
    day: date = date(2026, 12, 16)
    at: AwareDatetime | None = None
    who: UUID | None = None
    choice: Literal["a", "b"] = "a"
    items: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    form: dict[str, Any] = {}
    own: str = ""

    @field_validator("own")
    @classmethod
    def _own(cls, value: str) -> str:
        if value == "secret":
            raise ValueError(f"{value} will not do")
        return value


def faults_for(raw: str) -> Any:
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate_json(raw, strict=True)
    return field_errors_of(caught.value)


@pytest.mark.parametrize(
    ("raw", "bn"),
    [
        ('{"text":"abcde"}', "সর্বোচ্চ ৪টি অক্ষর লেখা যাবে।"),
        ('{"number":10}', "সর্বোচ্চ ৯ দিন।"),
        ('{"choice":"c"}', "এর একটি বেছে নিন: 'a' বা 'b'।"),
    ],
)
def test_messages_in_bangla_have_no_english(raw: str, bn: str) -> None:
    """Numbers have Bangla digits, and the choices are joined by a Bangla word."""
    (field_error,) = faults_for(raw)
    assert field_error.message_bn == bn


@pytest.mark.parametrize(
    ("raw", "code", "en"),
    [
        ('{"text":"a"}', "too_short", "Give at least 2 characters."),
        ('{"text":"abcde"}', "too_long", "Give at most 4 characters."),
        ('{"text":"12"}', "wrong_format", "form of the example"),
        ('{"text":1}', "not_text", "Give a text here."),
        ('{"number":0}', "too_small", "Give at least 1."),
        ('{"number":10}', "too_large", "Give at most 9."),
        ('{"number":"1"}', "not_whole_number", "Give a whole number."),
        ('{"number":1.5}', "not_whole_number", "whole number"),
        ('{"share":"x"}', "not_number", "Give a number."),
        ('{"yes":1}', "not_yes_or_no", "true or false"),
        ('{"day":"16/12/2026"}', "not_date", "2026-12-16"),
        ('{"day":5}', "not_date", "2026-12-16"),
        ('{"at":"2026-12-16T09:30:00"}', "no_time_zone", "time zone"),
        ('{"at":"soon"}', "not_time", "2026-12-16T09:30"),
        ('{"who":"me"}', "not_uuid", "UUID"),
        ('{"choice":"c"}', "not_allowed", "'a' or 'b'"),
        ('{"items":[]}', "too_few", "at least 1"),
        ('{"items":[1,2,3]}', "too_many", "at most 2"),
        ('{"items":{}}', "not_list", "Give a list [] here."),
        ('{"form":[]}', "not_object", "Give an object {} here."),
        ('{"other":1}', "unknown_field", "leave it out"),
        ('{"own":"secret"}', "wrong_value", "Correct this value"),
    ],
)
def test_each_rule_says_what_to_do(raw: str, code: str, en: str) -> None:
    """Each rule has a message in both languages, without the input."""
    (field_error,) = faults_for(raw)
    assert field_error.code == code
    assert en in field_error.message_en
    assert any("\u0980" <= letter <= "\u09ff" for letter in field_error.message_bn)
    assert "secret" not in field_error.message_en + field_error.message_bn


def test_a_rule_without_a_message_has_a_general_one() -> None:
    """Unknown rules have it, too."""

    class Odd(BaseModel):
        at: Annotated[bytes, Field(max_length=1)]

    with pytest.raises(ValidationError) as caught:
        Odd.model_validate({"at": b"12"})
    (field_error,) = field_errors_of(caught.value)
    assert (field_error.code, field_error.message_en) == (
        "wrong_value",
        "Correct the value of this field.",
    )


def test_field_errors_are_limited() -> None:
    """At most 50, so that the answer stays small."""
    raw = "{" + ",".join(f'"x{number}":1' for number in range(200)) + "}"
    assert len(faults_for(raw)) == 50


def test_pointer_escapes_what_rfc_6901_says() -> None:
    """A tilde is ~0, a slash ~1, and the whole document the empty pointer."""
    assert pointer_to(("a/b", "~", 0)) == "/a~1b/~0/0"
    assert pointer_to(()) == ""
