"""Corrections and objections by uddoktas: proposed, and sent when the citizen has agreed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json

from libs.contracts.applications import AppealApplication, MandateUsed
from libs.contracts.documents import Receipt
from libs.contracts.mandates import MandateEvidence, ProposedCorrection
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.grievances import GRIEVANCE
from libs.ids import derived_id
from libs.messaging.writing import outbox
from libs.web.callers.tokens import AgreedCorrection
from services.applications.appeals import use_cases as appeals
from services.applications.corrections import queries, rules
from services.applications.corrections.rules import KEPT, Proposed
from services.applications.forms import applicant
from services.applications.mandate_uses import use_cases as mandate_uses
from services.applications.mandate_uses.rules import FollowedUp
from services.applications.public_services.cache import PublicServiceCache
from services.applications.submissions import use_cases as submissions

_DELETED_AT_ONCE: Final = 1_000
_GROUNDS: Final = "grounds"


async def correct(  # noqa: PLR0913
    tx: Transaction,
    services: PublicServiceCache,
    uddokta_id: UUID,
    tracking_number: str,
    form: dict[str, Any],
    receipts: Mapping[UUID, Receipt],
    at: datetime,
) -> bytes:
    """Send a correction of an application that an uddokta follows up; return the response.

    Raises:
        Refused: the uddokta may not correct it, no correction is requested, or the citizen has to
            agree (`consent_needed`): name, number or birth date of the applicant would change.
        Unreadable: answers of the form are wrong.
    """
    citizen_id, evidence = await mandate_uses.find_followed_up(tx, uddokta_id, tracking_number)
    correction = await submissions.check_correction(
        tx, services, citizen_id, tracking_number, form, receipts, at=at, mandate=evidence
    )
    await _check_grievance(tx, services, correction, evidence)
    rules.check_agreed(correction.announcement.changes, ())
    return await submissions.send_correction(tx, services, correction)


async def propose(  # noqa: PLR0913
    tx: Transaction,
    services: PublicServiceCache,
    uddokta_id: UUID,
    tracking_number: str,
    form: dict[str, Any],
    receipts: Mapping[UUID, Receipt],
    at: datetime,
) -> ProposedCorrection:
    """Keep a correction for a day, until the citizen agrees; it replaces the one before.

    The same answers have the same id. They are checked as if they were sent.

    Raises:
        Refused: the uddokta may not correct the application, no correction is requested, or no
            consent is needed.
        Unreadable: answers of the form are wrong.
    """
    citizen_id, evidence = await mandate_uses.find_followed_up(tx, uddokta_id, tracking_number)
    correction = await submissions.check_correction(
        tx, services, citizen_id, tracking_number, form, receipts, at=at, mandate=evidence
    )
    await _check_grievance(tx, services, correction, evidence)
    changes, submission = correction.announcement.changes, correction.submission
    if not changes:
        raise Refused("consent_not_needed")
    answers = to_json([submission.form, submission.documents]).decode()
    proposed = Proposed(
        application_id=submission.application_id,
        citizen_id=citizen_id,
        correction_id=derived_id(submission.application_id, tx.cipher.index(answers).hex()),
        form=submission.form,
        documents={paper.document_id: paper for paper in submission.documents},
        changes=changes,
        proposed_at=at,
    )
    await queries.save(tx, proposed)
    return proposed.view(evidence.mandate_id, correction.replaced)


async def propose_appeal(
    tx: Transaction,
    uddokta_id: UUID,
    tracking_number: str,
    body: AppealApplication,
    receipts: Mapping[UUID, Receipt],
    at: datetime,
) -> ProposedCorrection:
    """Keep an objection to a refusal for a day, until the citizen agrees; it is made once.

    Raises:
        Refused: the uddokta sent no such application, the citizen has ended the follow-up, it is
            not refused, no objection is taken here, one was made, or the last day is over.
        Unreadable: a paper cannot be handed in.
    """
    citizen_id, evidence = await mandate_uses.find_followed_up(
        tx, uddokta_id, tracking_number, also_decided=True
    )
    application, _, submission = await appeals.check(
        tx, citizen_id, tracking_number, body, receipts, at=at, mandate=evidence
    )
    words = to_json([body.grounds, submission.documents]).decode()
    proposed = Proposed(
        application_id=application.application_id,
        citizen_id=citizen_id,
        correction_id=derived_id(application.application_id, tx.cipher.index(words).hex()),
        form={_GROUNDS: body.grounds},
        documents={paper.document_id: paper for paper in submission.documents},
        changes=(),
        proposed_at=at,
    )
    await queries.save(tx, proposed)
    return proposed.view(evidence.mandate_id, ())


async def send_agreed(
    tx: Transaction,
    services: PublicServiceCache,
    consent: MandateEvidence,
    agreed: AgreedCorrection,
    number_mark: str | None,
    at: datetime,
) -> bytes:
    """Send the proposed correction or objection to which the citizen agreed; return the response.

    The consent is used up. The number of the applicant is compared with that of the consent, as in
    a new application: a consent for one citizen corrects nothing into another's.

    Raises:
        Unreadable: it has another number than the consent.
        Refused: it was used or is over, other answers were proposed since, or the application is
            not to be corrected any more.
    """
    followed = await mandate_uses.find_followed_up_with(
        tx, consent.uddokta_id, agreed.mandate_id, also_decided=not agreed.changes
    )
    await mandate_uses.use_for_correction(tx, consent)
    proposed = await queries.find(tx, followed.application_id, since=at - KEPT)
    if proposed is None or proposed.correction_id != agreed.correction_id:
        raise Refused("correction_changed")
    if proposed.is_appeal:
        return await _send_appeal(tx, services, consent, agreed, followed, proposed, at)
    correction = await submissions.check_correction(
        tx,
        services,
        followed.citizen_id,
        followed.tracking_number,
        proposed.form,
        {},
        at=at,
        mandate=rules.renewed(followed.evidence, consent),
        checked_before=proposed.documents,
    )
    rules.check_agreed(correction.announcement.changes, agreed.changes)
    rules.check_read(agreed.correction_id, correction.replaced, agreed.replaced_mark)
    form = services.find(correction.application.public_service_id).form
    applicant.check_number(form.schema, correction.submission.form, consent.mandate_id, number_mark)
    response = await submissions.send_correction(tx, services, correction)
    await queries.delete(tx, followed.application_id)
    office = correction.application.office
    used = MandateUsed.because_of(
        correction.submission,
        mandate_id=consent.mandate_id,
        office_id=office.office_id if office else None,
    )
    await outbox.add(tx, [used])
    return response


async def _send_appeal(  # noqa: PLR0913
    tx: Transaction,
    services: PublicServiceCache,
    consent: MandateEvidence,
    agreed: AgreedCorrection,
    followed: FollowedUp,
    proposed: Proposed,
    at: datetime,
) -> bytes:
    """Send an objection to which the citizen has agreed; return the response.

    Raises:
        Refused: she was asked in other words, or no objection is possible any more.
    """
    rules.check_read(proposed.correction_id, (), agreed.replaced_mark)
    body = AppealApplication(grounds=proposed.form[_GROUNDS])
    found = await appeals.check(
        tx,
        followed.citizen_id,
        followed.tracking_number,
        body,
        {},
        at=at,
        mandate=rules.renewed(followed.evidence, consent),
        checked_before=tuple(proposed.documents.values()),
    )
    response = await appeals.send(tx, services, found, body.grounds)
    await queries.delete(tx, followed.application_id)
    office = found[0].office
    used = MandateUsed.because_of(
        found[2], mandate_id=consent.mandate_id, office_id=office.office_id if office else None
    )
    await outbox.add(tx, [used])
    return response


async def delete_old(tx: Transaction, at: datetime) -> int:
    """Delete a batch of expired corrections that no citizen agreed to; return how many."""
    return await queries.delete_old(tx, before=at - KEPT, limit=_DELETED_AT_ONCE)


async def _check_grievance(
    tx: Transaction,
    services: PublicServiceCache,
    correction: submissions.Correction,
    evidence: MandateEvidence,
) -> None:
    """Check that no grievance is corrected at a centre into one about its own helper.

    Raises:
        Unreadable: it is, or may be.
    """
    if correction.application.public_service_id == GRIEVANCE:
        schema, form = services.find(GRIEVANCE).form.schema, correction.submission.form
        await mandate_uses.check_grievance(tx, schema, form, evidence.service_centre_id)
