"""A summary of errors says which control each of them is about."""

from typing import get_args

import pytest
from pydantic import BaseModel, Field, ValidationError

from libs.contracts.language import Language
from libs.pages.errors import PageError, as_on_page
from libs.web.handling.field_errors import field_errors_of, fits_any_field

LANGUAGES: tuple[Language, ...] = get_args(Language)
PAGE = """
<fieldset><legend>Another</legend><input id="other"></fieldset>
<label class="q" for="name">Name of the <b>centre</b></label><input id="name">
<fieldset id="asks" tabindex="-1"><legend>What it asked for</legend></fieldset>
"""


class Typed(BaseModel):
    """What somebody types."""

    name: str = Field(min_length=1)
    others: list[str] = Field(min_length=1)
    told: int = Field(ge=0, le=25_000)


def general() -> list[str]:
    """Messages that name no field, in both languages."""
    with pytest.raises(ValidationError) as failed:
        Typed.model_validate({"name": "", "others": [], "told": -1})
    return [
        text
        for error in field_errors_of(failed.value)
        for text in (error.message_bn, error.message_en)
    ]


def test_a_message_that_fits_any_field_comes_with_the_label_of_its_field() -> None:
    """Three times "Fill in this field" says nothing."""
    for message in general():
        for place, name in {"name": "Name of the centre", "asks": "What it asked for"}.items():
            (error,) = as_on_page([PageError(place, message)], PAGE)
            assert (error.name, error.message) == (name, message)
        (error,) = as_on_page([PageError("elsewhere", message)], PAGE)
        assert error.name == ""


def test_a_message_of_its_own_stays_as_it_is() -> None:
    """It says itself what to do."""
    said = PageError("name", "The code does not match. Type the last one.")
    assert not fits_any_field(said.message)
    assert as_on_page([said], PAGE) == [said]


def test_errors_stand_in_the_order_of_their_fields() -> None:
    """Whoever goes through the summary goes down the page; what is not on it comes last."""
    wrong = [PageError(place, f"Wrong: {place}.") for place in ("gone", "asks", "name", "other")]
    places = [error.place for error in as_on_page(wrong, PAGE)]
    assert places == ["other", "name", "asks", "gone"]
