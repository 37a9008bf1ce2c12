"""What every adapter to a ministry's system does."""

from typing import Protocol

from libs.contracts.ministries import MinistryDecision
from services.ministries.deliveries.rules import Delivery


class Adapter(Protocol):
    """The way to one kind of ministry system."""

    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        """Hand a submission over, and return what the ministry says about it.

        Args:
            delivery: the delivery to hand over.
            idempotency_key: the same on every attempt, so that the ministry recognises a repeat.

        Raises:
            Unavailable: the ministry's system does not answer, or says "not now".
            Refused: the system says no, and would say no again.
            Unreadable: the answer is not what was agreed.
        """
