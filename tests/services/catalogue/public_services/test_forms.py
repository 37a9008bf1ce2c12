import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from libs.contracts.mandates import FEE_DAYS
from services.catalogue.public_services import forms
from services.catalogue.public_services.forms import COMMON_FORM, Form, forms_for
from services.catalogue.public_services.reference import (
    document_kinds,
    read_reference,
    required_documents,
)
from tests.services.catalogue.public_services.scenes import fillings

FOLDER = Path(forms.__file__).parents[1] / "reference" / "forms"
OWN_FORMS = ("S001", "S004", "S005", "S010", "S016", "S020", "S024", "S025", "S031", "S043", "S055")
FILES = (COMMON_FORM, *OWN_FORMS)


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def all_forms() -> dict[str, Form]:
    return forms_for([service.public_service_id for service in read_reference().services])


def without_network(address: str) -> Any:
    raise AssertionError(f"the form refers to {address}")


def test_every_service_has_a_form_and_eleven_have_their_own() -> None:
    """81 services have a form; 70 of them share the common form."""
    own = {
        public_service_id
        for public_service_id, form in all_forms().items()
        if form.form_id != COMMON_FORM
    }
    assert len(all_forms()) == 81
    assert own == set(OWN_FORMS)


@pytest.mark.parametrize("form_id", FILES)
def test_a_form_is_self_contained(form_id: str) -> None:
    """The schema compiles without other documents, and every reference resolves."""
    schema = forms_for([form_id])[form_id].schema
    schema_read = json.loads(orjson.dumps(schema))
    jsonschema_rs.Draft202012Validator(
        schema_read, retriever=without_network, validate_formats=True
    )
    refs = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(schema_read)))
    assert refs == {f"#/$defs/{name}" for name in schema_read["$defs"]}


@pytest.mark.parametrize("form_id", FILES)
def test_bundling_changes_references_only(form_id: str) -> None:
    """Fields, labels, sections and rules are those of the file."""
    file, form = read(FOLDER / f"{form_id}.json"), forms_for([form_id])[form_id]
    plain = json.dumps(file["schema"]["properties"]).replace("common.json#", "#")
    assert form.schema["properties"] == json.loads(plain)
    assert list(form.sections) == file["sections"]
    assert list(form.rules) == file["rules"]
    assert form.version == file["version"]
    shared = read(FOLDER / "common.json")["$defs"]
    assert all(kind == shared[name] for name, kind in form.schema["$defs"].items())


def test_papers_of_forms_are_of_known_kinds() -> None:
    """Only three fields take any paper; the same paper is the same kind in all forms."""
    asked = {
        (form_id, name): field["ui"].get("document_kind")
        for form_id in FILES
        for name, field in forms_for([form_id])[form_id].schema["properties"].items()
        if "$defs/file" in json.dumps(field)
    }
    of_any = {place for place, kind in asked.items() if kind is None}
    assert of_any == {("S000", "documents"), ("S004", "documents"), ("S024", "attachments")}
    assert {kind for kind in asked.values() if kind} <= {
        document_kind.kind for document_kind in document_kinds()
    }
    assert asked["S001", "tax_receipt"] == asked["S010", "holding_tax"] == "holding_tax"
    assert asked["S025", "tax_receipt"] == "land_tax"
    assert asked["S043", "photo"] == "licence_photo"
    portraits = {asked[form_id, "photo"] for form_id in ("S005", "S010", "S025", "S055")}
    assert portraits == {"passport_photo"}


def test_what_services_ask_for_is_named_in_both_languages() -> None:
    """Everything that a service asks for; kinds of it are known."""
    asked = {name for service in read_reference().services for name in service.docs_bn}
    assert asked == set(required_documents())
    kinds = {
        kind
        for required_document in required_documents().values()
        for kind in required_document.kinds
    }
    assert kinds <= {document_kind.kind for document_kind in document_kinds()}


@pytest.mark.parametrize("form_id", FILES)
def test_a_form_file_follows_the_form_schema(form_id: str) -> None:
    """A form file conforms to form.schema.json, with labels in both languages."""
    workflows = read(FOLDER.parent / "workflows" / "workflow.schema.json")
    schema = read(FOLDER / "form.schema.json") | {"$id": "urn:forms/form.schema.json"}
    as_text = json.dumps(schema).replace("../workflows/workflow.schema.json", "urn:workflow")
    registry = jsonschema_rs.Registry([("urn:workflow", workflows | {"$id": "urn:workflow"})])
    validator = jsonschema_rs.Draft202012Validator(json.loads(as_text), registry=registry)
    assert [
        error.message for error in validator.iter_errors(read(FOLDER / f"{form_id}.json"))
    ] == []


@pytest.mark.parametrize("form_id", FILES)
def test_every_field_is_in_one_section(form_id: str) -> None:
    """The sections together have every field once."""
    form = forms_for([form_id])[form_id]
    fields = [name for section in form.sections for name in section["fields"]]
    assert sorted(fields) == sorted(form.schema["properties"])


@pytest.mark.parametrize("form_id", FILES)
def test_every_choice_of_a_form_has_valid_answers(form_id: str) -> None:
    """Every choice on which other fields depend has valid answers."""
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
def test_the_common_form_refuses_wrong_answers(wrong: dict[str, Any]) -> None:
    """Malformed and missing answers are invalid."""
    schema = forms_for([COMMON_FORM])[COMMON_FORM].schema
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert validator.is_valid(common_answers())
    assert not validator.is_valid(common_answers() | wrong)


def test_a_form_asks_for_the_day_that_decides_on_its_fee() -> None:
    """It is compared with the one for which the fee was computed."""
    deciding = {
        service.public_service_id
        for service in read_reference().services
        if service.fee_decided_by is not None
    }
    assert deciding == FEE_DAYS.keys()
    for service, field in FEE_DAYS.items():
        assert field in forms_for([service])[service].schema["required"]
