"""What the start page of a service says before anybody begins."""

import pytest

from libs.contracts.catalogue import ServiceView
from services.catalogue.public_services.reference import elsewhere, read_reference
from services.portal.search.rules import Who, required_of, who_can_apply
from tests.libs.pages.scenes import KINDS, service
from tests.services.portal.scenes import SERVICE_IDS, start_page

PAYMENTS = [
    one.public_service_id for one in read_reference().services if "payment" in one.name_en.lower()
]
"""The public services that are a payment and nothing else."""


def who_at(public_service_id: str) -> tuple[list[str], list[str]]:
    """Who can apply for a service, in English."""
    who = who_can_apply(service(public_service_id), KINDS)
    return [one.en for one in who.people], [one.en for one in who.held]


@pytest.mark.parametrize(
    ("public_service_id", "people", "held"),
    [
        (
            "S055",
            [
                "People with a national ID card",
                "Men of 65 years or more",
                "Women of 62 years or more",
                "With an income of Tk 10,000 a year at most",
            ],
            [],
        ),
        ("S016", ["People with a national ID card"], ["Online birth certificate"]),
        ("S033", [], ["Trade licence", "TIN certificate", "Bank statement"]),
        ("S057", [], ["Suborno (disability) card", "National ID card or birth certificate"]),
        ("S015", [], ["National ID card", "Membership of a society"]),
        ("S042", [], ["National ID card, birth certificate or passport"]),
    ],
)
def test_who_can_apply_is_said_where_a_source_says_it(
    public_service_id: str, people: list[str], held: list[str]
) -> None:
    """What the form says of applicants, and the papers that one must have before."""
    assert who_at(public_service_id) == (people, held)


@pytest.mark.parametrize("public_service_id", ["S043", "S055", "S016", "S033"])
def test_nothing_is_said_of_applicants_that_is_not_sourced(public_service_id: str) -> None:
    """Neither of the form nor of the list of papers."""
    assert who_can_apply(service(public_service_id), KINDS) != Who([], [])
    assert who_can_apply(as_estimate(service(public_service_id)), KINDS) == Who([], [])
    assert who_at("S045") == ([], [])  # its list of papers is an estimate


def as_estimate(view: ServiceView) -> ServiceView:
    """A service of which nothing has a source."""
    fields = {
        name: {**field, "ui": {**field["ui"], "status": "illustrative"}}
        for name, field in view.form["properties"].items()
    }
    claim = view.required_documents.claim.model_copy(update={"status": "illustrative"})
    return view.model_copy(
        update={
            "form": {**view.form, "properties": fields},
            "form_rules": [{**rule, "status": "illustrative"} for rule in view.form_rules],
            "required_documents": view.required_documents.model_copy(update={"claim": claim}),
        }
    )


@pytest.mark.parametrize("public_service_id", SERVICE_IDS)
def test_papers_to_bring_are_named_in_both_languages(public_service_id: str) -> None:
    """Also from a catalogue that knows Bangla names only, as an earlier one did."""
    view = service(public_service_id)
    named = required_of(view)
    assert [one.name.bn for one in named] == view.required_documents.names_bn
    assert all(one.name.en.isascii() for one in named)
    earlier = view.required_documents.model_copy(update={"items": []})
    without = required_of(view.model_copy(update={"required_documents": earlier}))
    assert [one.name.bn for one in without] == view.required_documents.names_bn


@pytest.mark.parametrize(
    ("public_service_id", "days"), [("S031", "1 working day<"), ("S001", "15 working days<")]
)
def test_one_day_is_no_days(public_service_id: str, days: str) -> None:
    """In English."""
    assert days in start_page(public_service_id, "en").replace("\n", "")


def test_a_start_page_says_why_its_two_lists_of_papers_differ() -> None:
    """Parents' registration is on the office's list, and no question of the form."""
    said = "The other papers of the list above are not uploaded with the form"
    assert said in start_page("S001", "en")
    assert "Papers and details that you need" in start_page("S017", "en")


@pytest.mark.parametrize("public_service_id", PAYMENTS)
def test_a_payment_ends_in_where_it_can_be_made(public_service_id: str) -> None:
    """Its page has no form, no fee and no papers, but the office or bank, until it is open here."""
    where = elsewhere()[public_service_id]
    bangla = start_page(public_service_id, "bn")
    english = start_page(public_service_id, "en")
    assert where.bn in bangla
    assert where.en in english
    for page in (bangla, english):
        assert f"/apply/{public_service_id}" not in page
        assert '<dl class="facts">' not in page


def test_every_payment_is_known() -> None:
    """One that is added to the reference is not offered with a form by accident."""
    assert len(PAYMENTS) == 4
    assert set(PAYMENTS) == set(elsewhere())
