"""A question to a ministry about the state of some of its applications."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.contracts.ministries import MinistryDecision
from libs.trace_context import TraceContext
from services.ministries.deliveries.values import Inquiry


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a ministry, about the applications that were not asked about for longest.

    `asked_at` is when it was claimed, which is before the ministry answers.
    """

    ministry: str
    attempts: int
    created_at: datetime
    asked_at: datetime
    inquiries: Sequence[Inquiry] = ()
    trace: TraceContext | None = None

    @property
    def key(self) -> str:
        """The row's id."""
        return self.ministry


def usable(
    inquiries: Sequence[Inquiry], answers: Sequence[MinistryDecision]
) -> list[MinistryDecision]:
    """Return the answers that are about the applications of the question.

    An answer about another application, and two different ones about the same, are not used.
    """
    asked_ids = {inquiry.application_id for inquiry in inquiries}
    by_application: dict[UUID, list[MinistryDecision]] = {}
    for answer in answers:
        by_application.setdefault(answer.application_id, []).append(answer)
    return [
        found[0]
        for application_id, found in by_application.items()
        if application_id in asked_ids
        and all(ministry_decision == found[0] for ministry_decision in found)
    ]
