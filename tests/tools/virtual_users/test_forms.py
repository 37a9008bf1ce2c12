"""Valid answers to the forms of the catalogue, and scenarios with them."""

from datetime import date
from functools import cache

import jsonschema_rs
import pytest

from services.applications.forms.rules import check_form, compile_form
from services.catalogue.public_services.forms import Form, forms_for
from services.catalogue.public_services.reference import read_reference
from tests.services.applications.scenes import papers
from tests.tools.fake_platform import fake_platform
from tools.virtual_users.citizen import Api
from tools.virtual_users.forms import NoValidAnswers, valid_answers
from tools.virtual_users.scenarios import load_scenarios

TODAY = date(2026, 11, 25)


@cache
def forms() -> dict[str, Form]:
    return forms_for([service.public_service_id for service in read_reference().services])


def test_answers_to_all_81_forms_are_valid() -> None:
    """The platform refuses none of them."""
    assert len(forms()) == 81
    for public_service_id, form in forms().items():
        answers = valid_answers(public_service_id, form.schema)
        validator = jsonschema_rs.Draft202012Validator(form.schema, validate_formats=True)
        assert validator.is_valid(answers), public_service_id
        checked = check_form(compile_form(form.schema, form.rules), answers, TODAY, papers())
        assert checked == answers, public_service_id


def test_only_required_fields_are_answered() -> None:
    """Forms accept no unknown fields."""
    schema = {
        "type": "object",
        "properties": {"asked": {"type": "string"}, "optional": {"type": "string"}},
        "required": ["asked"],
    }
    assert list(valid_answers("S999", schema)) == ["asked"]


def test_a_form_of_the_last_release_may_not_ask_everything() -> None:
    """`make upgrade` begins there."""
    schema = {
        "type": "object",
        "properties": {"asked": {"type": "string"}},
        "required": ["asked"],
        "additionalProperties": False,
    }
    assert list(valid_answers("S004", schema)) == ["asked"]


def test_a_form_without_valid_answers_is_an_error() -> None:
    """The exception names the public service."""
    schema = {
        "type": "object",
        "properties": {"never": {"type": "string", "pattern": "^x$"}},
        "required": ["never"],
    }
    with pytest.raises(NoValidAnswers, match="S999"):
        valid_answers("S999", schema)


async def test_closed_services_have_no_scenario() -> None:
    """Open ones have valid answers."""
    async with fake_platform() as (fake, http):
        (scenario,) = await load_scenarios(Api(http, fake.url))
        assert (scenario.public_service_id, list(scenario.form)) == ("S002", ["name_bn"])
