"""A service's part of the journey of an application."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from libs.contracts.journeys import JourneyApplication, JourneyStep
from libs.database.transaction import Transaction


class OwnPart(NamedTuple):
    """The rows of an application that a service has.

    Args:
        application_id: None if it has nothing.
        steps: in their order.
        application: as it stands; of the service that owns it.
    """

    application_id: UUID | None
    steps: Sequence[JourneyStep]
    application: JourneyApplication | None = None


@dataclass(frozen=True, slots=True)
class Journeys:
    """How a service answers for its part.

    Args:
        service: its name.
        read: reads what it has under a tracking number.
        job_types: its jobs whose keys are ids of steps.
        kept_days: days after which it deletes steps; None if they stay.
    """

    service: str
    read: Callable[[Transaction, str], Awaitable[OwnPart]]
    job_types: Sequence[str] = ()
    kept_days: int | None = None
