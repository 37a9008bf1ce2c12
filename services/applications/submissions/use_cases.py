"""Prepares submissions one by one, and stores concurrent ones in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import to_json

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import (
    AppealApplication,
    ApplicationCorrected,
    CheckAnswers,
    CorrectApplication,
    SubmissionCorrected,
    SubmitApplication,
    SubmittedForm,
)
from libs.contracts.documents import DocumentReference, Receipt
from libs.contracts.language import Text
from libs.contracts.mandates import MandateEvidence, Replacement
from libs.database.transaction import Transaction
from libs.errors import FieldError, Refused, Unavailable
from libs.grievances import GRIEVANCE
from libs.ids import new_id, new_tracking_number
from libs.messaging.writing import outbox
from libs.trace_context import current_context
from libs.web.handling import idempotency
from libs.web.handling.idempotency import FirstAnswer, IdempotentRequest, RequestState
from services.applications.forms import applicant
from services.applications.forms import rules as forms
from services.applications.forms.papers import Papers
from services.applications.lifecycle import use_cases as lifecycle
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.use_cases import lock_own_application, save
from services.applications.mandate_uses import use_cases as mandate_uses
from services.applications.mandate_uses.rules import MandateUse
from services.applications.public_services.cache import PublicServiceCache
from services.applications.submissions import rules
from services.applications.submissions.rules import NewApplication

OK, CREATED = 200, 201
_NUMBER_ATTEMPTS = 3


class Correction(NamedTuple):
    """A checked correction: the application after it, its events, and what it replaces."""

    application: Application
    submission: SubmissionCorrected
    announcement: ApplicationCorrected
    replaced: tuple[Replacement, ...]


@dataclass(frozen=True, slots=True)
class PreparedSubmission:
    """A checked submission with its Idempotency-Key, and the response after it is stored."""

    request: IdempotentRequest
    new: NewApplication
    service_name: Text
    response: bytes

    @property
    def application_id(self) -> UUID:
        """The id of the new application."""
        return self.new.application.application_id

    def stored(self) -> FirstAnswer:
        """Return the response as it is stored with the key."""
        return FirstAnswer(self.request, CREATED, self.response)


def random_tracking_number() -> str:
    """Return a tracking number to use if the first one is taken."""
    return new_tracking_number(new_id())


def fingerprinted_without_receipts(
    request: IdempotentRequest,
    body: SubmitApplication | CorrectApplication | AppealApplication,
    number: str = "",
) -> IdempotentRequest:
    """Return a request whose repeats may bring newer receipts of the papers that its form names."""
    if not body.documents:
        return request
    content = body.model_dump_json(exclude={"documents"}).encode()
    return replace(request, fingerprint=idempotency.fingerprint_of("POST", number, content))


def prepare(
    request: IdempotentRequest,
    body: SubmitApplication,
    services: PublicServiceCache,
    receipts: Mapping[UUID, Receipt],
    *,
    at: datetime,
    mandate: MandateEvidence | None = None,
) -> PreparedSubmission:
    """Check a submission and prepare its rows, events and response; no database is needed.

    With a mandate it is sent by an uddokta for the caller.

    Raises:
        Refused: the public service or the service centre is unknown, or the service is closed.
        Unreadable: answers of the form are wrong.
        Unavailable: the catalogue has not arrived yet.
    """
    service = services.find_open(body.public_service_id)
    new = rules.submit(
        body,
        service,
        Papers(request.caller, receipts, at, mandate_id=_id_of(mandate)),
        application_id=new_id(),
        trace=current_context(),
        mandate=mandate,
    )
    return _prepared(request, new, service.public_service.name)


async def with_office_complained_of(
    tx: Transaction, form: dict[str, Any], citizen_id: UUID, corrected: UUID | None = None
) -> dict[str, Any]:
    """Return the answers of a grievance, with the office that had the grievance it is about.

    A grievance about an application of one's own that is a grievance complains of that office; one
    about a helper does not, nor does a corrected one that has its own number. What she wrote of the
    office stays, and the office's id follows it.
    """
    number = form.get("tracking_number")
    if not isinstance(number, str) or form.get("about") == "helper":
        return form
    try:
        about = await lock_own_application(tx, citizen_id, number)
    except Refused:
        return form
    if about.public_service_id != GRIEVANCE or about.application_id == corrected:
        return form
    if about.office is None:
        return form
    return {**form, "office": rules.with_office(form.get("office"), about.office)}


def find_errors(
    services: PublicServiceCache, public_service_id: str, body: CheckAnswers, *, at: datetime
) -> tuple[FieldError, ...]:
    """Return the errors in the answers so far; the public service may be closed.

    Raises:
        Refused: the public service is unknown.
        Unavailable: the catalogue has not arrived yet.
    """
    form = services.find(public_service_id).form
    fields = None if body.fields is None else frozenset(body.fields)
    return forms.find_errors(form, body.form, dhaka_date(at), fields)


async def submit_batch(
    tx: Transaction,
    batch: Sequence[PreparedSubmission],
    *,
    tracking_number: Callable[[], str] = random_tracking_number,
) -> Sequence[bytes | Exception]:
    """Store many submissions with one statement per table; return their responses in order.

    A used key gets its first response, and nothing is stored for it. The response to a new key is
    stored first; it changes only if the tracking number is taken.
    """
    states = await idempotency.register_answers(tx, [submission.stored() for submission in batch])
    new = [submission for submission, state in zip(batch, states, strict=True) if state.is_new]
    refusals = await mandate_uses.use_mandates(tx, _uses_of_mandates(new))
    allowed = [submission for submission in new if submission.application_id not in refusals]
    inserted = await _insert(tx, allowed, tracking_number)
    without_number = [submission for submission in allowed if submission.request not in inserted]
    await mandate_uses.give_back(
        tx, [use.application_id for use in _uses_of_mandates(without_number)]
    )
    await outbox.add(
        tx, [event for submission in inserted.values() for event in submission.new.events()]
    )
    await idempotency.store_answers(tx, _changed_answers(new, inserted))
    return _responses(batch, states, refusals, inserted)


async def take_up(
    tx: Transaction, new: NewApplication | None, corrections: Sequence[SubmissionCorrected]
) -> bool:
    """Store submissions that a restored database lost; return False if the number is taken.

    A mandate is used, unless it is known as used or ended: the ministry has the application.
    """
    if new is not None:
        if not await lifecycle.insert(tx, [new.parts()]):
            return False
        if new.submission.mandate is not None:
            use = MandateUse(new.application.application_id, new.submission.mandate)
            await mandate_uses.use_mandates(tx, [use])
    for correction in corrections:
        await lifecycle.insert_correction(tx, correction)
    return True


async def stored_response(tx: Transaction, request: IdempotentRequest) -> bytes | None:
    """Return the first response to a key; None if the key is new.

    A new key is claimed: commit the transaction only with a response, or roll it back.

    Raises:
        Refused: the key belongs to another request.
    """
    seen = (await idempotency.register(tx, [request]))[0]
    if seen.kind == "conflict":
        raise Refused("idempotency_key_reused")
    return seen.body if seen.kind == "answered" else None


async def correct(  # noqa: PLR0913
    tx: Transaction,
    services: PublicServiceCache,
    citizen_id: UUID,
    tracking_number: str,
    body: CorrectApplication,
    receipts: Mapping[UUID, Receipt],
    *,
    at: datetime,
    request: IdempotentRequest | None = None,
) -> bytes:
    """Submit the corrected form that the ministry requested; the public service may be closed.

    With an Idempotency-Key a repeat gets the first response.

    Raises:
        Refused: the citizen has no such application, no correction is requested, or the key
            belongs to another request.
        Unreadable: answers of the form are wrong.
        Unavailable: the catalogue has not arrived yet.
    """
    first = await stored_response(tx, request) if request else None
    if first is not None:
        return first
    correction = await check_correction(
        tx, services, citizen_id, tracking_number, body.form, receipts, at=at
    )
    response = await send_correction(tx, services, correction)
    if request:
        await store_response(tx, request, response)
    return response


async def check_correction(  # noqa: PLR0913
    tx: Transaction,
    services: PublicServiceCache,
    citizen_id: UUID,
    tracking_number: str,
    form: dict[str, Any],
    receipts: Mapping[UUID, Receipt],
    *,
    at: datetime,
    mandate: MandateEvidence | None = None,
    checked_before: Mapping[UUID, DocumentReference] = MappingProxyType({}),
) -> Correction:
    """Check a corrected form and prepare the correction; the application is locked.

    Args:
        tx: the transaction.
        services: the public services.
        citizen_id: whose application it is.
        tracking_number: of the application.
        form: the answers as received.
        receipts: of new papers, by document.
        at: the current time.
        mandate: of the uddokta who corrects it for the citizen.
        checked_before: papers that were checked before, beside those of earlier submissions.

    Raises:
        Refused: the citizen has no such application, or no correction is requested.
        Unreadable: answers of the form are wrong.
        Unavailable: the catalogue has not arrived yet.
    """
    application = await lock_own_application(tx, citizen_id, tracking_number)
    if application.public_service_id == GRIEVANCE:
        form = await with_office_complained_of(tx, form, citizen_id, application.application_id)
    sent = await lifecycle.find_documents(tx, application.application_id)
    before = await lifecycle.find_last_form(tx, application.tracking_number, citizen_id)
    papers = Papers(citizen_id, receipts, at, {**sent, **checked_before}, _id_of(mandate))
    earlier = before.form if before else {}
    corrected, submission, announcement = rules.correct(
        application, services.find, form, papers, mandate, before=earlier
    )
    schema = services.find(application.public_service_id).form.schema
    replaced = applicant.replaced(schema, earlier, submission.form)
    return Correction(corrected, submission, announcement, replaced)


async def send_correction(
    tx: Transaction, services: PublicServiceCache, correction: Correction
) -> bytes:
    """Store a checked correction, and announce it; return the response."""
    await save(tx, [correction.application], [correction.announcement])
    await lifecycle.insert_correction(tx, correction.submission)
    await outbox.add(tx, [correction.submission, correction.announcement])
    name = services.name_of(correction.application.public_service_id)
    return to_json(correction.application.summary(name))


async def store_response(tx: Transaction, request: IdempotentRequest, response: bytes) -> None:
    """Store the response to a correction with its key, which was claimed before."""
    await idempotency.store_answers(tx, [FirstAnswer(request, OK, response)])


async def read_form(
    tx: Transaction, citizen_id: UUID, tracking_number: str, *, with_earlier: bool = False
) -> SubmittedForm:
    """Return the last form that a citizen submitted in an application of their own.

    With those before it, where they are wanted.

    Raises:
        Refused: the citizen has no such application.
    """
    form = await lifecycle.find_last_form(
        tx, tracking_number, citizen_id, with_earlier=with_earlier
    )
    if form is None:
        raise Refused("application_unknown")
    return form


async def delete_responses(tx: Transaction, *, at: datetime, kept_days: int) -> None:
    """Delete at most 10,000 responses that are older than `kept_days`, the oldest first."""
    await idempotency.delete_answers(tx, at - timedelta(days=kept_days))


def _id_of(mandate: MandateEvidence | None) -> UUID | None:
    return mandate.mandate_id if mandate else None


def _uses_of_mandates(submissions: Sequence[PreparedSubmission]) -> list[MandateUse]:
    return [
        MandateUse(submission.application_id, submission.new.submission.mandate)
        for submission in submissions
        if submission.new.submission.mandate is not None
    ]


async def _insert(
    tx: Transaction,
    submissions: Sequence[PreparedSubmission],
    tracking_number: Callable[[], str],
) -> dict[IdempotentRequest, PreparedSubmission]:
    """Insert applications; one whose tracking number is taken is tried again with another."""
    inserted: dict[IdempotentRequest, PreparedSubmission] = {}
    pending = list(submissions)
    for _ in range(_NUMBER_ATTEMPTS):
        if not pending:
            break
        ids = await lifecycle.insert(tx, [submission.new.parts() for submission in pending])
        inserted |= {
            submission.request: submission
            for submission in pending
            if submission.application_id in ids
        }
        pending = [
            _prepared(
                submission.request,
                rules.renumbered(submission.new, tracking_number()),
                submission.service_name,
            )
            for submission in pending
            if submission.request not in inserted
        ]
    return inserted


def _prepared(
    request: IdempotentRequest, new: NewApplication, service_name: Text
) -> PreparedSubmission:
    body = to_json(new.application.summary(service_name))
    return PreparedSubmission(request, new, service_name, body)


def _changed_answers(
    new: Sequence[PreparedSubmission], inserted: Mapping[IdempotentRequest, PreparedSubmission]
) -> list[FirstAnswer]:
    """Return the answers that differ from those stored with the keys.

    One with another tracking number has a new answer; one that was not inserted has none.
    """
    stored = [(submission, inserted.get(submission.request)) for submission in new]
    return [
        final.stored() if final else FirstAnswer(submission.request)
        for submission, final in stored
        if final is not submission
    ]


def _responses(
    batch: Sequence[PreparedSubmission],
    states: Sequence[RequestState],
    refusals: Mapping[UUID, Refused],
    inserted: Mapping[IdempotentRequest, PreparedSubmission],
) -> list[bytes | Exception]:
    """Return the responses in the order of the batch."""
    responses: list[bytes | Exception] = []
    for submission, state in zip(batch, states, strict=True):
        match state.kind:
            case "new" if submission.application_id in refusals:
                responses.append(refusals[submission.application_id])
            case "new" if submission.request in inserted:
                responses.append(inserted[submission.request].response)
            case "new":
                responses.append(Unavailable("database", "no free tracking number"))
            case "answered":
                responses.append(state.body)
            case "conflict":
                responses.append(Refused("idempotency_key_reused"))
            case "duplicate":
                responses.append(responses[state.duplicate_of])
    return responses
