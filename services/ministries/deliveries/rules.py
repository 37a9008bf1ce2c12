"""The delivery of a submission, and the events about one that does not arrive."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

import orjson
from pydantic_core import to_json

from libs.bangladesh.bodies import bodies_by_id
from libs.contracts.applications import (
    SubmissionAppealed,
    SubmissionCorrected,
    SubmissionMade,
    SubmissionWithdrawn,
)
from libs.contracts.catalogue import FormOrigin
from libs.contracts.ministries import MinistryUnreachable
from libs.encryption import Unopened
from libs.ids import derived_id
from libs.trace_context import TraceContext

Kind = Literal["submitted", "corrected", "withdrawn", "appealed"]

Submission: TypeAlias = (
    SubmissionMade | SubmissionCorrected | SubmissionWithdrawn | SubmissionAppealed
)

_KINDS: Final[Mapping[type[Submission], Kind]] = {
    SubmissionMade: "submitted",
    SubmissionCorrected: "corrected",
    SubmissionWithdrawn: "withdrawn",
    SubmissionAppealed: "appealed",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One submission on its way to its ministry (প্রেরণ).

    `form` is the snapshot as JSON text, of an objection its grounds; it is deleted once the
    ministry has it. `form_origin` says who made the form. `attempts` counts
    the attempts so far. `created_at` is when it was submitted; of a stored one, when it was planned
    or last requeued. `published_at` is when the record of it was written, of one that was just
    read. `actor_id`
    submitted it, in the matter of `applicant_id`, at a service centre if there is one. `documents`
    are the papers as JSON text, None without any; `office` is the responsible one, and `mandate`
    says how the citizen agreed that somebody else submits it, the same way. `moved_to` is the
    ministry that decides instead, where a withdrawal is not the citizen's. `unconfirmed_at` is when
    an answer of the ministry was lost: it may have the submission. `unopened` is why the form
    cannot be decrypted; such a delivery is never handed over.
    """

    delivery_id: UUID
    application_id: UUID
    ministry: str
    tracking_number: str
    public_service_id: str
    kind: Kind
    form: str | None = field(repr=False)
    trace: TraceContext | None
    created_at: datetime
    attempts: int = 0
    form_version: int | None = None
    form_origin: FormOrigin | None = None
    service_centre_id: str | None = None
    applicant_id: UUID | None = None
    actor_id: UUID | None = None
    documents: str | None = None
    mandate: str | None = None
    unconfirmed_at: datetime | None = None
    office: str | None = None
    moved_to: str | None = None
    unopened: Unopened | None = None
    published_at: datetime | None = None

    @property
    def key(self) -> UUID:
        """The row's id."""
        return self.delivery_id

    @property
    def idempotency_key(self) -> str:
        """The key by which the ministry recognises a repeated attempt; it never changes."""
        return str(self.delivery_id)


def plan_delivery(submission: Submission) -> Delivery:
    """Return the delivery of a submission; a repeated submission gives the same id."""
    return Delivery(
        delivery_id=derived_id(submission.event_id, "delivery"),
        application_id=submission.application_id,
        ministry=submission.ministry,
        tracking_number=submission.tracking_number,
        public_service_id=submission.public_service_id or "",
        kind=_KINDS[type(submission)],
        trace=submission.trace,
        created_at=submission.occurred_at,
        published_at=submission.published_at,
        applicant_id=submission.applicant_id,
        **_content(submission),
    )


def _content(submission: Submission) -> dict[str, Any]:
    """Return the form and papers of a submission, and who sent it.

    A withdrawal has no form, and an objection its grounds alone.
    """
    if isinstance(submission, SubmissionAppealed):
        return {
            "form": orjson.dumps({"grounds": submission.grounds}).decode(),
            "documents": to_json(submission.documents).decode() if submission.documents else None,
        }
    sent: dict[str, Any] = {
        "service_centre_id": submission.service_centre_id,
        "actor_id": submission.actor_id,
        "office": submission.office.model_dump_json() if submission.office else None,
        "mandate": submission.mandate.model_dump_json() if submission.mandate else None,
    }
    if isinstance(submission, SubmissionWithdrawn):
        return {**sent, "form": None, "moved_to": submission.moved_to}
    documents = submission.documents
    return {
        **sent,
        "form": orjson.dumps(submission.form).decode(),
        "form_version": submission.form_version,
        "form_origin": submission.form_origin,
        "documents": to_json(documents).decode() if documents else None,
    }


def without_erased(
    planned: Sequence[Delivery],
    erased: Collection[UUID],
    handed_over: Collection[tuple[UUID, str]],
) -> list[Delivery]:
    """Return deliveries without the submissions of erased citizens.

    A withdrawal stays, without its person, if the ministry may have the application.

    Args:
        planned: the deliveries.
        erased: applicants who were erased.
        handed_over: applications and ministries that may have something of them.
    """
    kept: list[Delivery] = []
    for delivery in planned:
        if delivery.applicant_id not in erased:
            kept.append(delivery)
        elif (
            delivery.kind == "withdrawn"
            and (delivery.application_id, delivery.ministry) in handed_over
        ):
            kept.append(replace(delivery, applicant_id=None, actor_id=None))
    return kept


def ministry_unreachable(delivery: Delivery) -> MinistryUnreachable | None:
    """Return the event about a delivery that has not reached its ministry; None for a withdrawal.

    A citizen who withdrew waits for nothing.
    """
    if delivery.kind == "withdrawn":
        return None
    event = MinistryUnreachable(
        event_id=derived_id(delivery.delivery_id, MinistryUnreachable.type),
        application_id=delivery.application_id,
        ministry=delivery.ministry,
    )
    return event.in_trace(delivery.trace)


def submission_blocked(
    application_id: UUID, ministry: str, dead_letter_id: int, trace: TraceContext | None
) -> MinistryUnreachable:
    """Return the event about a submission that the platform could not process."""
    event = MinistryUnreachable(
        event_id=derived_id(application_id, f"blocked by {dead_letter_id}"),
        application_id=application_id,
        ministry=ministry,
        cause="platform",
    )
    return event.in_trace(trace)


def ministry_of(value: bytes | None) -> str | None:
    """Return the ministry that the value of a submission names; it may be unreadable."""
    try:
        fields = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None
    ministry = fields.get("ministry") if isinstance(fields, dict) else None
    return ministry if isinstance(ministry, str) and ministry in bodies_by_id() else None
