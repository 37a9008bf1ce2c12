"""What was not published is shown, sent, printed and charged by no part of the platform."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, get_args

import pytest

from libs.bangladesh.bodies import bodies
from libs.bangladesh.text import ascii_digits
from libs.contracts.centres import RateBoard
from libs.contracts.identity import ConsentRequested, MandateMessageRequested
from libs.contracts.language import Language
from libs.contracts.mandates import MandateEvidence
from libs.pages.papers import DRAWINGS
from services.catalogue.public_services.announcements import announce
from services.catalogue.public_services.forms import forms_for
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.rules import PublicService
from services.catalogue.public_services.service_index import ServiceIndex
from services.notifications.messages.templates import consent_text, mandate_text
from services.portal.search.rules import papers_of, required_of, who_can_apply
from tests.conftest import DatabaseFor
from tests.libs.pages.scenes import KINDS, request_of
from tests.services.identity.mandates.running import Counter
from tests.services.identity.running import Identity, running
from tests.services.portal.scenes import PAGES

INVENTED_BDT: Final = 7_654
INVENTED_DAYS: Final = 987
TOLD_BDT: Final = 120
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


def invented(service: PublicService) -> PublicService:
    """A public service of which nothing that has a status is sourced."""
    return replace(
        service,
        fee_bdt=INVENTED_BDT,
        fee_basis="illustrative",
        fee_source=None,
        days=INVENTED_DAYS,
        days_basis="illustrative",
        days_source=None,
        docs_basis="illustrative",
        docs_source=None,
        open=True,
    )


SERVICES: Final = [invented(service) for service in read_reference().services]
EVENTS: Final = [
    each.event
    for each in announce(
        SERVICES,
        forms_for([service.public_service_id for service in SERVICES]),
        {},
        {},
        {},
        datetime(2026, 11, 29, tzinfo=UTC),
    )
]


@pytest.fixture
async def dsn(dsn_for: Callable[[str], Awaitable[str]]) -> str:
    """The DSN of identity's own database."""
    return await dsn_for("identity")


@pytest.fixture
async def identity(database_for: DatabaseFor, dsn: str) -> AsyncIterator[Identity]:
    """A running identity service."""
    async with running(await database_for("identity"), dsn) as identity:
        yield identity


def page(template: str, language: Language, **values: Any) -> str:
    """A page of the portal, with its numbers in ASCII digits."""
    shown = PAGES.show(request_of(language=language), template, **values)
    return ascii_digits(bytes(shown.body).decode())


def says_invented(text: str) -> bool:
    """Whether an amount or a number of days that was not published is in a text."""
    plain = ascii_digits(text).replace(",", "")
    return str(INVENTED_BDT) in plain or str(INVENTED_DAYS) in plain


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_start_page_of_a_service_has_no_invented_value(language: Language) -> None:
    """Fee and time are said to be not confirmed, and papers are marked."""
    index = ServiceIndex(SERVICES, bodies())
    for service in SERVICES:
        view = index.view(service.public_service_id)
        text = page(
            "service.html",
            language,
            service=view,
            required=required_of(view),
            papers=papers_of(view),
            who=who_can_apply(view, KINDS),
            kinds=KINDS,
            drawings=DRAWINGS,
        )
        assert not says_invented(text)
        marked = text.count("Not confirmed" if language == "en" else "নিশ্চিত নয়")
        assert marked == (3 if view.required_documents.names_bn else 2)


async def test_counter_sms_price_list_and_evidence_have_no_invented_value(
    identity: Identity,
) -> None:
    """They have what the office told, marked as such, or nothing."""
    counter = await Counter.opened(identity, services=EVENTS)
    for number, event in enumerate(EVENTS):
        wanted = {"public_service_id": event.public_service_id}
        phone = f"+88017{number:08d}"
        assert (await counter.request(phone, **wanted)).problem == "fee_needed"
        told = (await counter.request(phone, **wanted, fee_bdt=TOLD_BDT)).body
        assert (told["fee_bdt"], told["fee_basis"]) == (TOLD_BDT, "told_by_office")
    mandate_id = await counter.active(fee_bdt=TOLD_BDT)
    token = (await counter.get_token(mandate_id)).body
    (details,) = token["authorization_details"]
    evidence = MandateEvidence.model_validate(
        {**details, "uddokta_id": counter.uddokta_id, "mandate_id": mandate_id}
    )
    assert (evidence.fee_bdt, evidence.fee_basis) == (TOLD_BDT, "told_by_office")
    await counter.used(mandate_id)
    asked = [
        each.model_copy(update={"code": "000000"}) for each in await counter.sms(ConsentRequested)
    ]
    sent = [consent_text(each) for each in asked]
    receipts = [mandate_text(each) for each in await counter.sms(MandateMessageRequested)]
    assert (len(sent), len(receipts)) == (len(EVENTS) + 1, 1)
    for text in (*sent, *receipts):
        assert not says_invented(text)
        assert f"ফি {TOLD_BDT} (" in text
        assert "ফরমটি সরকারি" in text
    rates = await identity.call("GET", "/v1/centres/gulshan/rates")
    assert not says_invented(rates.raw.decode())
    board = RateBoard.model_validate_json(rates.raw)
    for language in LANGUAGES:
        assert not says_invented(page("rates.html", language, board=board))
