"""Templates take the fields that they name, as text that a paper can show."""

import json
from pathlib import Path
from typing import Any

import pytest

import services.catalogue
from libs.contracts.issuance import LONGEST_FIELD
from libs.contracts.language import Text
from libs.decision_papers.templates import (
    NOT_GIVEN,
    OWN_DOCUMENT,
    REFUSAL,
    check_fields,
    fields_from,
    printable,
    template_of,
    templates,
    versions,
    wording_of,
)
from libs.errors import Refused
from libs.workflows.model import End
from services.catalogue.workflows.reference import reference_workflows

GIVEN = {"name_bn": "রহিমা খাতুন"}
FORMS = Path(services.catalogue.__path__[0]) / "reference" / "forms"


def test_every_paper_that_a_workflow_names_has_a_template() -> None:
    """Of the ten services each has one; those for refusals and for other services have no name."""
    named = {
        step.document
        for workflow in reference_workflows()
        for step in workflow.steps.values()
        if isinstance(step, End) and step.document
    }
    assert templates().keys() == named | {REFUSAL, "approval_order", OWN_DOCUMENT}


def test_a_template_is_for_the_service_whose_workflow_names_it() -> None:
    """So a ministry's system uses no other one's; two are for all services."""
    named = {
        (step.document, workflow.workflow)
        for workflow in reference_workflows()
        for step in workflow.steps.values()
        if isinstance(step, End) and step.document
    }
    rows = versions().values()
    assert {(row.template, each) for row in rows for each in row.public_services} == named
    assert {(row.template, row.outcome) for row in rows if not row.public_services} == {
        (REFUSAL, "refused"),
        ("approval_order", "approved"),
        (OWN_DOCUMENT, "any"),
    }


def test_every_field_of_a_template_is_one_of_the_form() -> None:
    """A pointer to nothing would leave its line out of every paper."""
    wrong = []
    for workflow in reference_workflows():
        schema = json.loads((FORMS / f"{workflow.workflow}.json").read_bytes())["schema"]
        for step in workflow.steps.values():
            if isinstance(step, End) and step.document:
                names = {row.at.split("/")[1] for row in template_of(step.document).fields}
                wrong += [(workflow.workflow, name) for name in names - schema["properties"].keys()]
    assert wrong == []


def test_a_paper_keeps_the_title_of_the_version_by_which_it_was_issued() -> None:
    """A newer version may have another one; a version that is not here is named by the newest."""
    old = template_of("trade_licence")
    new = old.model_copy(update={"version": 2, "title": Text(bn="নতুন", en="New")})
    rows = {("trade_licence", 1): old, ("trade_licence", 2): new}
    titles = [wording_of("trade_licence", version, rows).title.en for version in (1, 2, 3)]
    assert titles == ["Trade licence", "New", "Trade licence"]


def test_a_paper_stands_for_a_kind_that_forms_ask_for() -> None:
    """An order is none: it grants a passport, and is not the passport."""
    rows = json.loads((FORMS.parent / "document_kinds.json").read_bytes())["rows"]
    named = {one.template: one.document_kind for one in templates().values() if one.document_kind}
    assert set(named.values()) <= {row["kind"] for row in rows}
    assert all(said == template for template, said in named.items())
    assert template_of("passport").document_kind is None


def test_nobody_has_given_a_template_yet() -> None:
    """One that a ministry gives is marked as sourced, and only then it is no longer said."""
    given = {row.template for row in templates().values() if row.status != "illustrative"}
    assert given == {OWN_DOCUMENT}  # whose words are the ministry's own


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "paper_field_missing"),
        ({"name_bn": " "}, "paper_field_missing"),
        ({**GIVEN, "salary": "1"}, "paper_field_unknown"),
        ({**GIVEN, "purpose": "ক" * (LONGEST_FIELD + 1)}, "paper_field_too_long"),
        ({**GIVEN, "purpose": "a\u202eb"}, "paper_field_unprintable"),
        ({**GIVEN, "purpose": "\u2066b"}, "paper_field_unprintable"),
        ({**GIVEN, "purpose": "سلام"}, "paper_field_unprintable"),
        ({**GIVEN, "purpose": "a\x00"}, "paper_field_unprintable"),
    ],
)
def test_wrong_fields_are_refused(fields: dict[str, str], problem: str) -> None:
    """Each in its own words."""
    with pytest.raises(Refused) as refused:
        check_fields("citizenship_certificate", fields)
    assert refused.value.code == problem


def test_the_longest_field_is_taken() -> None:
    """Text that looks like markup is text."""
    check_fields("citizenship_certificate", {**GIVEN, "purpose": "#" * LONGEST_FIELD})


def test_an_unknown_template_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        check_fields("no_such", {})
    assert refused.value.code == "paper_template_unknown"


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, {"business_name": NOT_GIVEN}),
        (
            {"business_name": "দোকান", "owners": [{"name_bn": "ক"}, {"name_bn": "খ"}, 7]},
            {"business_name": "দোকান", "owners": "ক, খ, 7"},
        ),
        ({"business_name": {"a": 1}, "signboard_sqft": 7}, {
            "business_name": NOT_GIVEN, "signboard_sqft": "7",
        }),
        ({"business_name": "\u202eনাম🙂"}, {"business_name": "?নাম?"}),
        ({"business_name": " "}, {"business_name": NOT_GIVEN}),
        (
            {"business_name": "দোকান", "owners": [{"name_bn": "ক" * 120}] * 20},
            {"business_name": "দোকান", "owners": f"{', '.join(['ক' * 120] * 20)[:1999]}…"},
        ),
    ],
)  # fmt: skip
def test_what_a_form_gives_can_always_be_printed(
    form: dict[str, Any], fields: dict[str, str]
) -> None:
    """A decision never fails for its paper."""
    found = fields_from(template_of("trade_licence"), form)
    assert found == fields
    check_fields("trade_licence", found)


def test_joiners_of_bangla_stay() -> None:
    assert printable("র\u200d্যাব") == "র\u200d্যাব"


def test_no_version_of_a_template_is_left_out() -> None:
    """Papers that were issued by an earlier one are drawn by it."""
    for template in templates().values():
        known = [version for named, version in versions() if named == template.template]
        assert known == list(range(1, template.version + 1))
        assert template_of(template.template, 1).version == 1
