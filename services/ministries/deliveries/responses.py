"""The events that follow from a ministry's response."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from pydantic import ValidationError

from libs.bangladesh.text import has_forbidden, normalise
from libs.contracts.applications import Outcome, Stage
from libs.contracts.bounds import LONGEST_NOTE
from libs.contracts.documents import OwnPaperReceipt
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.ministries import (
    NOTE_MISSING,
    CorrectionAsked,
    DecisionPaper,
    MinistryDecided,
    MinistryDecision,
    MinistryReceived,
)
from libs.errors import FieldError, Refused, Unreadable
from libs.ids import derived_id
from libs.trace_context import TraceContext
from services.ministries.deliveries import papers
from services.ministries.deliveries.rules import Delivery, Kind

ApplicationKey: TypeAlias = tuple[UUID, str]
"""An application and its ministry; a moved application has one key per ministry."""

Action: TypeAlias = Literal[
    "received", "correction_asked", "approved", "refused", "paper_withdrawn"
]
"""An answer of a ministry about an application."""


@dataclass(frozen=True, slots=True)
class Application:
    """The announcements about one application at one ministry so far.

    `received_delivery_id` is the delivery whose acknowledgement was announced last.
    `case_file_number` is the first number that the ministry gave, `outcome` its first decision,
    `appeal_outcome` that about the objection to it, `paper_id` the paper that it granted last. For
    an `erased` citizen no number or note is kept.
    """

    application_id: UUID
    ministry: str
    case_file_number: str | None = None
    received_delivery_id: UUID | None = None
    announced_event_ids: frozenset[UUID] = frozenset()
    erased: bool = False
    outcome: Outcome | None = None
    paper_id: UUID | None = None
    appeal_outcome: Outcome | None = None

    @property
    def key(self) -> ApplicationKey:
        """Application and ministry."""
        return self.application_id, self.ministry


@dataclass(frozen=True, slots=True)
class MinistryResponse:
    """A ministry's response about one delivery: to our call, or by callback.

    `appeal_days` are those in which its citizen may object to a refusal.
    """

    delivery: Delivery
    decision: MinistryDecision
    trace: TraceContext | None
    appeal_days: int | None = None
    own_paper: OwnPaperReceipt | None = None

    @property
    def delivery_id(self) -> UUID:
        """The id of its delivery."""
        return self.delivery.delivery_id

    @property
    def ministry(self) -> str:
        """The ministry that responds."""
        return self.delivery.ministry

    @property
    def kind(self) -> Kind:
        """The kind of its submission."""
        return self.delivery.kind

    @property
    def key(self) -> "ApplicationKey":
        """Its application and ministry."""
        return self.decision.application_id, self.ministry


@dataclass(frozen=True, slots=True)
class Applied:
    """The effect of responses.

    Args:
        changed: the applications that changed, as they are now.
        events: what is to be announced.
        refusals: for each response why it has no effect; None if it has, or is a repeat.
    """

    changed: Sequence[Application]
    events: Sequence[Event]
    refusals: Sequence[Refused | None]


_NONE_WITHDRAWN: Final[Mapping[ApplicationKey, datetime]] = {}
_NO_DELIVERIES: Final[Mapping[ApplicationKey, Collection[UUID]]] = {}


def contradiction(
    application: Application, response: MinistryResponse, withdrawn_at: datetime | None
) -> Refused | None:
    """Return why a decision is not taken; None if it may be.

    A decision whose paper cannot be made is not taken at all: the ministry sends both again.

    Args:
        application: as it is now.
        response: of the ministry.
        withdrawn_at: when the ministry confirmed that the citizen withdrew it; what was decided
            before stands.
    """
    return (
        _contradiction(application, response.decision, withdrawn_at)
        or papers.why_not(
            _kept(application, response.decision),
            response.delivery,
            application.paper_id,
            response.own_paper,
        )
        or _late_paper(application, response)
    )


def _kept(application: Application, decision: MinistryDecision) -> MinistryDecision:
    """Return what is kept of a decision: about an erased citizen neither words nor a paper."""
    if not application.erased:
        return decision
    return decision.model_copy(update={"case_file_number": None, "note": None, "paper": None})


def _late_paper(application: Application, response: MinistryResponse) -> Refused | None:
    """Refuse a new paper of the first decision once the second one is there.

    It would come in the place of the paper that the objection granted.
    """
    if application.appeal_outcome is None or response.decision.stage != "first":
        return None
    announced = application.announced_event_ids
    if not papers.is_new(response.decision, response.delivery, announced, response.own_paper):
        return None
    return Refused("decided_otherwise", "the objection to it is decided")


def _contradiction(
    application: Application, decision: MinistryDecision, withdrawn_at: datetime | None
) -> Refused | None:
    of_appeal = decision.stage == "appeal"
    outcome = application.appeal_outcome if of_appeal else application.outcome
    if decision.action in {"received", "paper_withdrawn", outcome}:
        return None
    if outcome is not None:
        return Refused("decided_otherwise", f"it is {outcome}")
    if of_appeal and decision.action == "correction_asked":
        return Refused("decided_otherwise", "an objection is decided, and not corrected")
    if withdrawn_at is None:
        return None
    is_before = decision.decided_at is not None and decision.decided_at <= withdrawn_at
    return None if is_before else Refused("withdrawal_confirmed", withdrawn_at.isoformat())


def apply(application: Application, response: MinistryResponse) -> tuple[Application, list[Event]]:
    """Apply a ministry's response; return the events to announce.

    Any response shows that the ministry has the application. A decision says so itself, and carries
    the case file number; otherwise the acknowledgement is announced, before a request for
    correction. Event ids follow from delivery and content: the same response, repeated or by
    callback, gives the same events and announces nothing.
    """
    response = replace(response, decision=_kept(application, response.decision))
    after = replace(
        application,
        case_file_number=application.case_file_number or response.decision.case_file_number,
        received_delivery_id=application.received_delivery_id
        if response.kind == "withdrawn"
        else response.delivery_id,
    )
    announced = application.announced_event_ids
    decision = _decision(after, response)
    if isinstance(decision, MinistryDecided):
        is_first = decision.stage == "first"
        after = replace(
            after,
            outcome=after.outcome or (decision.outcome if is_first else None),
            appeal_outcome=after.appeal_outcome or (None if is_first else decision.outcome),
        )
    is_new = decision is not None and decision.event_id not in announced
    events: list[Event] = []
    if after != application and not (is_new and isinstance(decision, MinistryDecided)):
        events.append(_acknowledgement(after, response.delivery_id))
    if decision is not None:
        events.append(decision)
    paper = papers.said(
        response.decision,
        response.delivery,
        application.paper_id,
        announced,
        response.own_paper,
        overturns=application.appeal_outcome is None and after.appeal_outcome == "approved",
    )
    events += paper.events
    after = replace(after, paper_id=paper.latest)
    new = [event.in_trace(response.trace) for event in events if event.event_id not in announced]
    if new:
        after = replace(after, announced_event_ids=announced | {event.event_id for event in new})
    return (after if after != application else application), new


def apply_all(
    applications: Mapping[ApplicationKey, Application],
    responses: Sequence[MinistryResponse],
    withdrawn_at: Mapping[ApplicationKey, datetime] = _NONE_WITHDRAWN,
    deliveries: Mapping[ApplicationKey, Collection[UUID]] = _NO_DELIVERIES,
) -> Applied:
    """Apply responses in order; one that contradicts an earlier one has no effect.

    A request for correction that was announced before, about any delivery, is a repeat and is as
    harmless as the first one was, however late it comes.

    Args:
        applications: as they are.
        responses: of ministries.
        withdrawn_at: when ministries confirmed withdrawals, where they did.
        deliveries: of the applications for which a correction is asked.
    """
    changed: dict[ApplicationKey, Application] = {}
    events: list[Event] = []
    refusals: list[Refused | None] = []
    for response in responses:
        before = changed.get(response.key) or applications[response.key]
        refusal = contradiction(before, response, withdrawn_at.get(response.key))
        if refusal is not None and _asked_before(before, response, deliveries):
            refusals.append(None)
            continue
        refusals.append(refusal)
        if refusal is not None:
            continue
        after, new = apply(before, response)
        if after is not before:
            changed[after.key] = after
        events += new
    return Applied(list(changed.values()), events, refusals)


def read_decision(  # noqa: PLR0913
    application_id: UUID,
    action: Action,
    case_file_number: str | None,
    note: Text | None,
    decided_at: datetime | None = None,
    paper: DecisionPaper | None = None,
    stage: Stage = "first",
) -> MinistryDecision:
    """Make the decision that a ministry's system wrote in its own way, with cleaned texts.

    Raises:
        Unreadable: a note is missing that this action needs, or a text cannot be used.
    """
    try:
        decision = MinistryDecision(
            application_id=application_id,
            action=action,
            case_file_number=case_file_number,
            note=note,
            decided_at=decided_at,
            paper=paper,
            stage=stage,
        )
    except ValidationError as failure:
        if any(error["type"] == NOTE_MISSING for error in failure.errors()):
            raise Unreadable(NOTE_MISSING, f"{action} needs a note for the citizen") from None
        raise Unreadable("nonsense_answer", "not what was agreed") from None
    return clean(decision)


def clean(decision: MinistryDecision) -> MinistryDecision:
    """Normalise the text of a ministry's system.

    Raises:
        Unreadable: a text has control characters, or a note is longer than a page.
    """
    note = decision.note
    if note is not None:
        note = Text(bn=_clean_note("/note/bn", note.bn), en=_clean_note("/note/en", note.en))
    if has_forbidden(decision.case_file_number or ""):
        raise Unreadable("control_character", "in /case_file_number")
    return decision.model_copy(update={"note": note})


def _clean_note(pointer: str, note: str) -> str:
    cleaned = normalise(note)
    if max(len(note), len(cleaned)) > LONGEST_NOTE:  # NFC writes ড় as two code points
        field_error = FieldError(
            pointer,
            "too_long",
            "নোট সর্বোচ্চ ৪০০০ অক্ষরের হতে পারে। ছোট করে আবার পাঠান।",
            "A note may have at most 4,000 characters. Shorten it and send it again.",
        )
        raise Unreadable("wrong_shape", f"{pointer} is too long", field_errors=(field_error,))
    if has_forbidden(cleaned):
        raise Unreadable("control_character", f"in {pointer}")
    return cleaned


def _asked_before(
    application: Application,
    response: MinistryResponse,
    deliveries: Mapping[ApplicationKey, Collection[UUID]],
) -> bool:
    """Whether the same correction was asked for before, about this delivery or another one."""
    if response.decision.action != "correction_asked":
        return False
    asked = (
        _decision(application, _about(response, delivery_id))
        for delivery_id in {response.delivery_id, *deliveries.get(application.key, ())}
    )
    return any(event and event.event_id in application.announced_event_ids for event in asked)


def _about(response: MinistryResponse, delivery_id: UUID) -> MinistryResponse:
    return replace(response, delivery=replace(response.delivery, delivery_id=delivery_id))


def _acknowledgement(application: Application, delivery_id: UUID) -> MinistryReceived:
    purpose = f"{MinistryReceived.type}:{application.case_file_number or ''}"
    return MinistryReceived(
        event_id=derived_id(delivery_id, purpose),
        application_id=application.application_id,
        ministry=application.ministry,
        case_file_number=application.case_file_number,
    )


def _decision(
    application: Application, response: MinistryResponse
) -> CorrectionAsked | MinistryDecided | None:
    action, note = response.decision.action, response.decision.note
    fingerprint = sha256(note.model_dump_json().encode()).hexdigest() if note else ""
    fact: dict[str, Any] = {
        "event_id": derived_id(response.delivery_id, f"{action}:{fingerprint}"),
        "application_id": application.application_id,
        "ministry": application.ministry,
        "note": note,
    }
    match action:
        case "received" | "paper_withdrawn":
            return None
        case "correction_asked":
            return CorrectionAsked(**fact)
        case "approved" | "refused":
            number = application.case_file_number
            stage = response.decision.stage
            may_object = action == "refused" and stage == "first"
            return MinistryDecided(
                outcome=action,
                case_file_number=number,
                stage=stage,
                appeal_days=response.appeal_days if may_object else None,
                **fact,
            )
