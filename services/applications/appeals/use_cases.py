"""Takes objections to refusals."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from pydantic_core import to_json

from libs.contracts.applications import (
    AppealApplication,
    ApplicationAppealed,
    SubmissionAppealed,
)
from libs.contracts.documents import DocumentReference, Receipt
from libs.contracts.mandates import MandateEvidence
from libs.database.transaction import Transaction
from libs.errors import Refused, Unreadable
from libs.messaging.writing import outbox
from services.applications.forms.field_errors import field_error_at
from services.applications.forms.papers import Papers
from services.applications.lifecycle import rules
from services.applications.lifecycle import use_cases as lifecycle
from services.applications.lifecycle.application import Application
from services.applications.public_services import use_cases as public_services
from services.applications.public_services.cache import PublicServiceCache

Appealed: TypeAlias = tuple[Application, ApplicationAppealed, SubmissionAppealed]
"""An application after an objection, with the announcement, and what the other side is sent."""

_ALL_KINDS: Final[frozenset[str]] = frozenset()


async def appeal(  # noqa: PLR0913
    tx: Transaction,
    services: PublicServiceCache,
    citizen_id: UUID,
    tracking_number: str,
    body: AppealApplication,
    receipts: Mapping[UUID, Receipt],
    *,
    at: datetime,
) -> bytes:
    """Object to the refusal of a citizen's own application; return the response.

    Args:
        tx: the transaction.
        services: the public services, for their names.
        citizen_id: whose application it is.
        tracking_number: of the application.
        body: what is written against the decision.
        receipts: of the papers, by document.
        at: the current time.

    Raises:
        Refused: the citizen has no such application, it is not refused, no objection is taken here,
            one was made, or the last day is over.
        Unreadable: a paper cannot be handed in.
    """
    found = await check(tx, citizen_id, tracking_number, body, receipts, at=at)
    return await send(tx, services, found, body.grounds)


async def check(  # noqa: PLR0913
    tx: Transaction,
    citizen_id: UUID,
    tracking_number: str,
    body: AppealApplication,
    receipts: Mapping[UUID, Receipt],
    *,
    at: datetime,
    mandate: MandateEvidence | None = None,
    checked_before: Sequence[DocumentReference] = (),
) -> Appealed:
    """Return what an objection is, with everything checked; nothing is stored.

    Args:
        tx: the transaction.
        citizen_id: whose application it is.
        tracking_number: of the application.
        body: what is written against the decision.
        receipts: of the papers, by document.
        at: the current time.
        mandate: of the uddokta who sends it for the citizen.
        checked_before: papers that were checked when the citizen was asked.

    Raises:
        Refused: as `appeal`.
        Unreadable: a paper cannot be handed in.
    """
    application = await lifecycle.lock_own_application(tx, citizen_id, tracking_number)
    if application.adapter == "own" and application.appeal_until is not None:
        await _check_heard(tx, application.ministry)
    papers = Papers(citizen_id, receipts, at, mandate_id=mandate.mandate_id if mandate else None)
    given = (*checked_before, *_checked(body, papers))
    return rules.appeal(application, body.grounds, given, at=at, mandate=mandate)


async def send(
    tx: Transaction, services: PublicServiceCache, found: Appealed, grounds: str
) -> bytes:
    """Store and announce an objection that was checked; return the response."""
    after, announcement, submission = found
    await lifecycle.save(tx, [after], [announcement], grounds={announcement.event_id: grounds})
    await outbox.add(tx, [submission, announcement])
    return to_json(after.summary(services.name_of(after.public_service_id)))


async def _check_heard(tx: Transaction, ministry: str) -> None:
    """Check that a ministry's own adapter takes objections still, as its last report says.

    Raises:
        Refused: it does not, so that nobody would read the objection.
    """
    if not await public_services.read_takers_of_appeals(tx, {ministry}):
        raise Refused("appeal_not_possible", "its adapter does not take objections any more")


def _checked(body: AppealApplication, papers: Papers) -> tuple[DocumentReference, ...]:
    """Return the papers of an appeal; it names nothing else than their receipts.

    Raises:
        Unreadable: one was not received or scanned, or is another citizen's.
    """
    codes = [papers.error_of(document_id, _ALL_KINDS) for document_id in papers.receipts]
    unknown = len(body.documents) - len(papers.receipts)
    found = [code for code in codes if code] + ["document_unknown"] * (unknown > 0)
    if found:
        errors = tuple(field_error_at({}, ["documents"], code) for code in dict.fromkeys(found))
        raise Unreadable("form_invalid", field_errors=errors)
    return tuple(papers.reference(document_id) for document_id in papers.receipts)
