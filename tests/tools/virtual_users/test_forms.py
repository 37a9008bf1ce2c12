"""Valid answers to the catalogue's forms, and the scenarios made of them."""

from datetime import date
from functools import cache

import jsonschema_rs
import pytest

from services.applications.forms.rules import check_form, compile_form
from services.catalogue.public_services.forms import Form, forms_for
from services.catalogue.public_services.reference import read_reference
from tests.tools.fake_platform import fake_platform
from tools.virtual_users.citizen import Api
from tools.virtual_users.forms import NoValidAnswers, valid_answers
from tools.virtual_users.scenarios import load_scenarios

TODAY = date(2026, 11, 25)


@cache
def forms() -> dict[str, Form]:
    return forms_for([service.public_service_id for service in read_reference().services])


def test_the_forms_of_all_81_services_are_filled_right() -> None:
    """A demo's citizen is never refused for a form, whichever service it is for."""
    assert len(forms()) == 81
    for public_service_id, form in forms().items():
        answers = valid_answers(public_service_id, form.schema)
        validator = jsonschema_rs.Draft202012Validator(form.schema, validate_formats=True)
        assert validator.is_valid(answers), public_service_id
        checked = check_form(compile_form(form.schema, form.rules), answers, TODAY)
        assert checked == answers, public_service_id


def test_only_what_is_asked_is_answered() -> None:
    """A field that nobody asks for stays out: forms take no unknown ones."""
    schema = {
        "type": "object",
        "properties": {"asked": {"type": "string"}, "optional": {"type": "string"}},
        "required": ["asked"],
    }
    assert list(valid_answers("S999", schema)) == ["asked"]


def test_a_form_that_nothing_is_right_for_is_said_so() -> None:
    """A form that cannot be filled fails the demo by name, not by a loop without end."""
    schema = {
        "type": "object",
        "properties": {"never": {"type": "string", "pattern": "^x$"}},
        "required": ["never"],
    }
    with pytest.raises(NoValidAnswers, match="S999"):
        valid_answers("S999", schema)


async def test_only_open_services_are_applied_for_with_valid_answers() -> None:
    """A closed service has no scenario."""
    async with fake_platform() as (fake, http):
        (scenario,) = await load_scenarios(Api(http, fake.url))
        assert (scenario.public_service_id, list(scenario.form)) == ("S002", ["name_bn"])
