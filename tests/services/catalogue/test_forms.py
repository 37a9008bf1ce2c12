"""Every service has a form that stands by itself, and that people can fill."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from services.catalogue import forms
from services.catalogue.forms import COMMON_FORM, Form, forms_for
from services.catalogue.reference_files import read_reference
from tests.services.catalogue.filling import fillings

FOLDER = Path(forms.__file__).with_name("reference") / "forms"
OWN_FORMS = ("S001", "S005", "S010", "S016", "S020", "S024", "S025", "S031", "S043", "S055")
FILES = (COMMON_FORM, *OWN_FORMS)


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def all_forms() -> dict[str, Form]:
    return forms_for([service.public_service_id for service in read_reference().services])


def without_network(address: str) -> Any:
    raise AssertionError(f"the form asks for {address}")


def test_every_service_has_a_form_and_ten_have_their_own() -> None:
    """81 services have a form; 71 of them share the common one."""
    own = {
        public_service_id
        for public_service_id, form in all_forms().items()
        if form.form_id != COMMON_FORM
    }
    assert len(all_forms()) == 81
    assert own == set(OWN_FORMS)


@pytest.mark.parametrize("form_id", FILES)
def test_a_form_stands_by_itself(form_id: str) -> None:
    """A reader compiles the schema without any other document, and every ref leads somewhere."""
    schema = forms_for([form_id])[form_id].schema
    told = json.loads(orjson.dumps(schema))
    jsonschema_rs.Draft202012Validator(told, retriever=without_network, validate_formats=True)
    refs = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(told)))
    assert refs == {f"#/$defs/{name}" for name in told["$defs"]}


@pytest.mark.parametrize("form_id", FILES)
def test_bundling_changes_nothing_but_where_a_kind_is_found(form_id: str) -> None:
    """Questions, labels, sections and rules go out as they stand in the file."""
    file, form = read(FOLDER / f"{form_id}.json"), forms_for([form_id])[form_id]
    plain = json.dumps(file["schema"]["properties"]).replace("common.json#", "#")
    assert form.schema["properties"] == json.loads(plain)
    assert list(form.sections) == file["sections"]
    assert list(form.rules) == file["rules"]
    assert form.version == file["version"]
    shared = read(FOLDER / "common.json")["$defs"]
    assert all(kind == shared[name] for name, kind in form.schema["$defs"].items())


@pytest.mark.parametrize("form_id", FILES)
def test_a_form_file_follows_the_form_schema(form_id: str) -> None:
    """A form file is what form.schema.json says, labels in both languages with it."""
    workflows = read(FOLDER.parent / "workflows" / "workflow.schema.json")
    schema = read(FOLDER / "form.schema.json") | {"$id": "urn:forms/form.schema.json"}
    as_text = json.dumps(schema).replace("../workflows/workflow.schema.json", "urn:workflow")
    registry = jsonschema_rs.Registry([("urn:workflow", workflows | {"$id": "urn:workflow"})])
    validator = jsonschema_rs.Draft202012Validator(json.loads(as_text), registry=registry)
    assert [
        error.message for error in validator.iter_errors(read(FOLDER / f"{form_id}.json"))
    ] == []


@pytest.mark.parametrize("form_id", FILES)
def test_every_question_stands_in_one_section(form_id: str) -> None:
    """A frontend that walks the sections asks every question once."""
    form = forms_for([form_id])[form_id]
    asked = [name for section in form.sections for name in section["fields"]]
    assert sorted(asked) == sorted(form.schema["properties"])


@pytest.mark.parametrize("form_id", FILES)
def test_a_form_can_be_filled_in_every_way(form_id: str) -> None:
    """Whatever choice a person makes, there are right answers."""
    schema = forms_for([form_id])[form_id].schema
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    filled = fillings(schema)
    assert all(validator.is_valid(answers) for answers in filled)
    assert len(filled) > 1 or schema["allOf"] == [True]


def common_answers() -> dict[str, Any]:
    return fillings(forms_for([COMMON_FORM])[COMMON_FORM].schema)[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"nid": "12345"},
        {"identity_kind": "birth"},
        {"mobile": "0171234567"},
        {"description": "ছোট"},
        {"declaration": False},
        {"present_address": {}},
        {"documents": []},
        {"age": 40},
    ],
)
def test_the_common_form_turns_wrong_answers_away(wrong: dict[str, Any]) -> None:
    """What a ministry could not work with is not taken."""
    schema = forms_for([COMMON_FORM])[COMMON_FORM].schema
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert validator.is_valid(common_answers())
    assert not validator.is_valid(common_answers() | wrong)
