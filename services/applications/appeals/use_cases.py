"""Takes objections to refusals."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic_core import to_json

from libs.contracts.applications import AppealApplication
from libs.contracts.documents import DocumentReference, Receipt
from libs.contracts.mandates import MandateEvidence
from libs.database.transaction import Transaction
from libs.errors import Unreadable
from libs.messaging.writing import outbox
from services.applications.forms.field_errors import field_error_at
from services.applications.forms.papers import Papers
from services.applications.lifecycle import rules
from services.applications.lifecycle import use_cases as lifecycle
from services.applications.public_services.cache import PublicServiceCache

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
    mandate: MandateEvidence | None = None,
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
        mandate: of the uddokta who sends it for the citizen.

    Raises:
        Refused: the citizen has no such application, it is not refused, no objection is taken here,
            one was made, or the last day is over.
        Unreadable: a paper cannot be handed in.
    """
    application = await lifecycle.lock_own_application(tx, citizen_id, tracking_number)
    papers = Papers(citizen_id, receipts, at, mandate_id=mandate.mandate_id if mandate else None)
    after, announcement, submission = rules.appeal(
        application, body.grounds, _checked(body, papers), at=at, mandate=mandate
    )
    grounds = {announcement.event_id: body.grounds}
    await lifecycle.save(tx, [after], [announcement], grounds=grounds)
    await outbox.add(tx, [submission, announcement])
    return to_json(after.summary(services.name_of(after.public_service_id)))


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
