"""Who is told when a ministry's system is away for long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from libs.ids import NAMESPACE, derived_id

Level = Literal[1, 2]
"""1: the focal point of the ministry. 2: the next in line."""

FOCAL_POINT_AFTER: Final = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class FocalPoint:
    """A post of a ministry (ফোকাল পয়েন্ট কর্মকর্তা), and who holds it now."""

    ministry: str
    level: Level
    post: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """Submissions to one ministry that waited so long that somebody has to know."""

    ministry: str
    level: Level
    waiting_since: datetime
    opened_at: datetime

    @property
    def escalation_id(self) -> UUID:
        """The same for the same wait."""
        since = self.waiting_since.isoformat()
        return derived_id(NAMESPACE, f"escalation/{self.ministry}/{self.level}/{since}")


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """A delivery on a work list, without its form."""

    delivery_id: UUID
    tracking_number: str
    public_service_id: str
    kind: str
    state: str
    planned_at: datetime
    attempts: int
    last_failure: str | None
    next_attempt_at: datetime | None
    unconfirmed_at: datetime | None


def due_escalations(
    oldest: Mapping[str, datetime], at: datetime, *, next_in_line_after: timedelta
) -> list[Escalation]:
    """Return what is to be with somebody now.

    Args:
        oldest: since when the oldest submission waits, by ministry.
        at: the time.
        next_in_line_after: the wait after which the next in line is told too.
    """
    waits: tuple[tuple[Level, timedelta], ...] = (
        (1, FOCAL_POINT_AFTER),
        (2, next_in_line_after),
    )
    return [
        Escalation(ministry, level, since, at)
        for ministry, since in sorted(oldest.items())
        for level, wait in waits
        if at - since >= wait
    ]
