"""Prepares submissions one by one, and stores concurrent ones in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from pydantic_core import to_json

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import (
    CheckAnswers,
    CorrectApplication,
    SubmitApplication,
    SubmittedForm,
)
from libs.contracts.documents import Receipt
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.mandates import MandateEvidence
from libs.database.transaction import Transaction
from libs.errors import FieldError, Refused, Unavailable
from libs.ids import new_id, new_tracking_number
from libs.messaging import outbox
from libs.trace_context import current_context
from libs.web import idempotency
from libs.web.idempotency import FirstAnswer, IdempotentRequest, RequestState
from services.applications.forms import rules as forms
from services.applications.forms.papers import Papers
from services.applications.lifecycle.application import canonical_tracking_number
from services.applications.lifecycle.use_cases import lock_own_application, save
from services.applications.mandates import use_cases as mandates
from services.applications.mandates.rules import MandateUse
from services.applications.public_services.cache import PublicServiceCache
from services.applications.submissions import queries, rules
from services.applications.submissions.rules import NewApplication

OK, CREATED = 200, 201
_NUMBER_ATTEMPTS = 3


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


def without_receipts(
    request: IdempotentRequest, body: SubmitApplication | CorrectApplication, number: str = ""
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


def find_errors(
    services: PublicServiceCache, public_service_id: str, body: CheckAnswers, *, at: datetime
) -> tuple[FieldError, ...]:
    """Return what is wrong with answers so far; the public service may be closed.

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
    known = await idempotency.register_answers(tx, [one.stored() for one in batch])
    new = [one for one, seen in zip(batch, known, strict=True) if seen.kind == "new"]
    uses = _uses_of_mandates(new)
    refused = await mandates.use_mandates(tx, uses)
    inserted = await _insert(
        tx, [one for one in new if one.application_id not in refused], tracking_number
    )
    stored = {one.application_id for one in inserted.values()}
    lost = [use.application_id for use in uses if use.application_id not in {*stored, *refused}]
    await mandates.give_back(tx, lost)
    events: list[Event] = [event for one in inserted.values() for event in one.new.events()]
    await outbox.add(tx, events)
    changed = [_final(one, inserted) for one in new if inserted.get(one.request) is not one]
    await idempotency.store_answers(tx, changed)
    responses: list[bytes | Exception] = []
    for one, seen in zip(batch, known, strict=True):
        responses.append(
            refused.get(one.application_id) or _response(one, seen, inserted, responses)
        )
    return responses


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
    mandate: MandateEvidence | None = None,
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
    application = await lock_own_application(tx, citizen_id, tracking_number)
    known = await queries.find_documents(tx, application.application_id)
    papers = Papers(citizen_id, receipts, at, known, _id_of(mandate))
    corrected, submission, announcement = rules.correct(
        application, services.find, body.form, papers, mandate
    )
    await save(tx, [corrected], [announcement])
    await queries.insert_correction(tx, submission)
    await outbox.add(tx, [submission, announcement])
    summary = corrected.summary(services.name_of(corrected.public_service_id))
    response = to_json(summary)
    if request:
        await idempotency.store_answers(tx, [FirstAnswer(request, OK, response)])
    return response


async def read_form(tx: Transaction, citizen_id: UUID, tracking_number: str) -> SubmittedForm:
    """Return what a citizen submitted last in their own application.

    Raises:
        Refused: the citizen has no such application.
    """
    number = canonical_tracking_number(tracking_number)
    form = await queries.find_last_form(tx, number, citizen_id)
    if form is None:
        raise Refused("application_unknown")
    return form


async def delete_responses(tx: Transaction, *, at: datetime, kept_days: int) -> None:
    """Delete at most 10,000 responses that are older than `kept_days`, the oldest first."""
    await idempotency.delete_answers(tx, at - timedelta(days=kept_days))


def _id_of(mandate: MandateEvidence | None) -> UUID | None:
    return mandate.mandate_id if mandate else None


def _uses_of_mandates(new: Sequence[PreparedSubmission]) -> list[MandateUse]:
    return [
        MandateUse(one.application_id, one.new.submission.mandate)
        for one in new
        if one.new.submission.mandate is not None
    ]


async def _insert(
    tx: Transaction, new: Sequence[PreparedSubmission], tracking_number: Callable[[], str]
) -> dict[IdempotentRequest, PreparedSubmission]:
    """Insert applications; retry one whose tracking number is taken with another number."""
    inserted: dict[IdempotentRequest, PreparedSubmission] = {}
    pending = list(new)
    for _ in range(_NUMBER_ATTEMPTS):
        if not pending:
            break
        ids = await queries.insert_applications(tx, [one.new for one in pending])
        inserted |= {
            one.request: one for one in pending if one.new.application.application_id in ids
        }
        pending = [
            _prepared(one.request, rules.renumbered(one.new, tracking_number()), one.service_name)
            for one in pending
            if one.request not in inserted
        ]
    return inserted


def _prepared(
    request: IdempotentRequest, new: NewApplication, service_name: Text
) -> PreparedSubmission:
    body = to_json(new.application.summary(service_name))
    return PreparedSubmission(request, new, service_name, body)


def _final(
    one: PreparedSubmission, inserted: Mapping[IdempotentRequest, PreparedSubmission]
) -> FirstAnswer:
    """Return the response to store with the key; empty if no tracking number was free."""
    renumbered = inserted.get(one.request)
    return renumbered.stored() if renumbered else FirstAnswer(one.request)


def _response(
    one: PreparedSubmission,
    seen: RequestState,
    inserted: Mapping[IdempotentRequest, PreparedSubmission],
    earlier: Sequence[bytes | Exception],
) -> bytes | Exception:
    match seen.kind:
        case "new":
            stored = inserted.get(one.request)
            return stored.response if stored else Unavailable("database", "no free tracking number")
        case "answered":
            return seen.body
        case "conflict":
            return Refused("idempotency_key_reused")
        case "duplicate":
            return earlier[seen.duplicate_of]
