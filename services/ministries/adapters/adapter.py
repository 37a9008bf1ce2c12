"""What every adapter does for the worker, whatever its ministry's system speaks."""

from typing import Protocol

from libs.contracts.ministries import MinistryDecision
from services.ministries.domain import Delivery


class Adapter(Protocol):
    """The way to one kind of ministry system."""

    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        """Hand a submission over, and return what the ministry says about it.

        Args:
            delivery: what is handed over.
            idempotency_key: the same on every try, so that the ministry can tell a repeat.

        Raises:
            Unavailable: the ministry's system does not answer, or says "not now".
            Refused: it says no, and would say no again.
            Unreadable: it answers what nobody can read.
        """
