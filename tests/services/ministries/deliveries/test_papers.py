"""The papers that decisions of ministries' systems ask for."""

from dataclasses import replace
from typing import Any

import pytest

from libs.contracts.applications import Stage
from libs.contracts.documents import OwnPaperReceipt
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.ministries import (
    DecisionPaper,
    MinistryDecision,
    PaperGranted,
    PaperRevoked,
)
from libs.contracts.topics import HOSTED_DECISIONS, topic_of
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.ministries.deliveries import responses
from services.ministries.deliveries.responses import Application, MinistryResponse
from services.ministries.deliveries.rules import plan_delivery
from services.ministries.deliveries.use_cases import record_results
from tests.services.ministries.scenes import (
    APPLICANT,
    APPLICATION,
    LAND,
    NOTE,
    OFFICE,
    TRACE,
    announced_types,
    decision,
    planned,
    row_of,
    succeeded,
)
from tests.services.ministries.scenes import submission as submitted

ORDER = {"name_bn": "রহিমা খাতুন", "subject": "বিষয়", "order": "মঞ্জুর"}
DELIVERY = replace(plan_delivery(submitted()), office=OFFICE)
POST = Text(bn="সহকারী কমিশনার", en="Assistant commissioner")


def asked(fields: dict[str, str] | None = None, **changes: Any) -> MinistryResponse:
    """A decision with a paper."""
    paper = DecisionPaper(template="approval_order", fields=fields or ORDER, post=POST)
    said: dict[str, Any] = {"action": "approved", "paper": paper} | changes
    decision = MinistryDecision(application_id=APPLICATION, **said)
    return MinistryResponse(DELIVERY, decision, TRACE)


def withdrawn() -> MinistryResponse:
    """A withdrawal of the paper."""
    return asked(action="paper_withdrawn", paper=None, note=NOTE)


def applied(*said: MinistryResponse, erased: bool = False) -> tuple[list[str | None], list[Event]]:
    """Why each response was not taken, and the events about papers."""
    before = Application(APPLICATION, LAND, erased=erased)
    result = responses.apply_all({before.key: before}, said)
    events: list[Event] = [
        each for each in result.events if isinstance(each, PaperGranted | PaperRevoked)
    ]
    return [each.code if each else None for each in result.refusals], events


def test_a_decision_asks_for_a_paper_once() -> None:
    """It has what issuance needs, and goes to its topic; a repeat is none."""
    refusals, (event,) = applied(asked(), asked())
    assert refusals == [None, None]
    assert isinstance(event, PaperGranted)
    assert topic_of(event) is HOSTED_DECISIONS
    assert (event.citizen_id, event.ministry, event.fields) == (APPLICANT, LAND, ORDER)
    assert (event.post, event.office and event.office.en) == (POST, "Amtali Union Parishad")
    assert (event.replaces, event.trace) == (None, TRACE)


def test_another_paper_comes_in_the_place_of_the_last_one() -> None:
    """A late repeat of the first brings it not back."""
    corrected = asked({**ORDER, "order": "আংশিক মঞ্জুর"})
    refusals, events = applied(asked(), corrected, asked())
    assert refusals == [None] * 3
    first, second = events
    assert isinstance(second, PaperGranted)
    assert second.replaces == first.event_id
    *_, revoked = applied(asked(), corrected, asked(), withdrawn())[1]
    assert isinstance(revoked, PaperRevoked)
    assert revoked.paper_id == second.event_id


def test_a_decision_may_get_its_paper_later() -> None:
    assert len(applied(asked(paper=None), asked())[1]) == 1


def test_a_paper_is_withdrawn_once() -> None:
    """The one that was granted last."""
    refusals, (first, event) = applied(asked(), withdrawn(), withdrawn())
    assert refusals == [None] * 3
    assert isinstance(event, PaperRevoked)
    assert (event.paper_id, event.note) == (first.event_id, NOTE)


def test_nothing_is_withdrawn_where_no_paper_is() -> None:
    assert applied(withdrawn()) == (["paper_not_granted"], [])


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"subject": "বিষয়", "order": "মঞ্জুর"}, "paper_field_missing"),
        ({**ORDER, "salary": "1"}, "paper_field_unknown"),
        ({**ORDER, "order": "a\u202eb"}, "paper_field_unprintable"),
        ({**ORDER, "order": "سلام"}, "paper_field_unprintable"),
    ],
)
def test_a_decision_whose_paper_cannot_be_made_is_not_taken(
    fields: dict[str, str], problem: str
) -> None:
    """Nothing of it is; what comes after counts."""
    before = Application(APPLICATION, LAND)
    result = responses.apply_all({before.key: before}, [asked(fields)])
    assert ([each and each.code for each in result.refusals], result.events) == ([problem], [])
    assert applied(asked(fields), asked())[0] == [problem, None]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"paper": DecisionPaper(template="no_such", fields={})}, "paper_template_unknown"),
        ({"paper": DecisionPaper(template="passport", fields={})}, "paper_template_not_yours"),
        ({"action": "refused", "note": NOTE}, "paper_template_not_yours"),
        ({"action": "received"}, "paper_without_decision"),
        ({"action": "correction_asked", "note": NOTE}, "paper_without_decision"),
    ],
)
def test_a_template_is_for_its_service_and_its_outcome(
    changes: dict[str, Any], problem: str
) -> None:
    assert applied(asked(**changes)) == ([problem], [])


def test_a_refusal_may_have_the_order_of_refusal() -> None:
    paper = DecisionPaper(template="refusal_order", fields={"reason": "ক", "objection": "খ"})
    assert len(applied(asked(action="refused", note=NOTE, paper=paper))[1]) == 1


def test_a_late_order_of_refusal_does_not_replace_what_the_objection_granted() -> None:
    """A repeat of the order that came in time changes nothing; a new one is said not to count."""
    refused, upheld = order_of_refusal("ক"), asked(stage="appeal")
    refusals, events = applied(refused, upheld, refused, order_of_refusal("গ"))
    assert refusals == [None, None, None, "decided_otherwise"]
    assert [each.template for each in events if isinstance(each, PaperGranted)] == [
        "refusal_order",
        "approval_order",
    ]


def test_the_order_of_a_refusal_ends_with_the_refusal() -> None:
    """Also where the decision about the objection asks for no paper, or for one later; once."""
    upheld, later = asked(stage="appeal", paper=None), asked(stage="appeal")
    first, revoked, granted = applied(order_of_refusal("ক"), upheld, upheld, later, upheld)[1]
    assert isinstance(revoked, PaperRevoked)
    assert revoked.paper_id == first.event_id
    assert isinstance(granted, PaperGranted)
    assert applied(asked(action="refused", note=NOTE, paper=None), upheld)[1] == []


@pytest.mark.parametrize("stage", ["first", "appeal"])
def test_the_order_of_a_refusal_stays_with_the_refusal(stage: Stage) -> None:
    """A refusal that is repeated, or stays after an objection, ends no paper."""
    again = asked(action="refused", note=NOTE, paper=None, stage=stage)
    assert len(applied(order_of_refusal("ক"), again)[1]) == 1


def order_of_refusal(reason: str) -> MinistryResponse:
    """A refusal with its order."""
    paper = DecisionPaper(template="refusal_order", fields={"reason": reason, "objection": "খ"})
    return asked(action="refused", note=NOTE, paper=paper)


OWN = OwnPaperReceipt(new_id(), LAND, APPLICATION, APPLICANT, "0" * 64)
OF_OWN = DecisionPaper(
    template="own_document", fields={"name_bn": "রহিমা", "subject": "ক"}, receipt="a"
)


def test_a_pdf_of_the_ministry_is_named_by_its_receipt() -> None:
    """A new receipt of the same file is the same paper."""
    again = OF_OWN.model_copy(update={"receipt": "b"})
    said = [replace(asked(paper=paper), own_paper=OWN) for paper in (OF_OWN, again)]
    refusals, (event,) = applied(*said)
    assert refusals == [None, None]
    assert isinstance(event, PaperGranted)
    assert event.fields["document_id"] == str(OWN.document_id)
    assert event.fields["sha256"] == OWN.sha256


@pytest.mark.parametrize(
    "own",
    [
        None,
        replace(OWN, ministry="mohfw"),
        replace(OWN, application_id=new_id()),
        replace(OWN, citizen_id=new_id()),
    ],
)
def test_a_pdf_about_something_else_is_none(own: OwnPaperReceipt | None) -> None:
    """Of another ministry, application or citizen, whose erasure would leave it."""
    said = replace(asked(paper=OF_OWN), own_paper=own)
    assert applied(said) == (["paper_receipt_ended"], [])
    drawn = replace(asked(), own_paper=OWN)
    assert applied(drawn) == (["paper_receipt_ended"], [])


def test_an_erased_citizen_gets_no_paper() -> None:
    """A paper from before is withdrawn without the words about it."""
    assert applied(asked(), erased=True) == ([None], [])
    before = Application(APPLICATION, LAND, erased=True, paper_id=APPLICATION)
    (event,) = responses.apply_all({before.key: before}, [withdrawn()]).events[-1:]
    assert isinstance(event, PaperRevoked)
    assert event.note != NOTE


def test_a_decision_about_an_erased_citizen_is_taken_without_its_paper() -> None:
    """Its PDF is about nobody who is known here any more: the ministry would send both for ever."""
    unknown = replace(DELIVERY, applicant_id=None)
    said = replace(asked(paper=OF_OWN), own_paper=OWN, delivery=unknown)
    assert applied(said, erased=True) == ([None], [])


async def test_an_answer_whose_paper_cannot_be_made_says_that_it_was_received(
    tx: Transaction,
) -> None:
    """Nobody can tell the ministry, and it has the submission: nothing is tried again for ever."""
    (delivery,) = await planned(tx, submitted())
    paper = DecisionPaper(template="passport", fields={})
    said = decision("approved").model_copy(update={"paper": paper})
    assert not await record_results(tx, [succeeded(delivery, said)])
    assert await announced_types(tx) == ["ministry_received"]
    assert (await row_of(tx, delivery))["state"] == "handed_over"
