"""Decisions that grant papers, and withdraw them."""

from collections.abc import Sequence

from libs.contracts import topics
from libs.contracts.events import Event
from libs.messaging.reading.router import Batch, Router, Tx
from services.issuance.issuing import use_cases
from services.issuance.issuing.use_cases import Decision

router = Router("issuance")


@router.publisher(topics.ISSUANCE)
@router.subscriber(topics.OWN_DECISIONS)
async def on_decisions_of_own_adapters(batch: Batch[Decision], tx: Tx) -> Sequence[Event]:
    """A ministry's own adapter named a PDF as the paper about its decision, or withdrew one."""
    return await use_cases.issue(tx, batch)


@router.subscriber(topics.DESK_DECISIONS)
async def on_decisions_at_the_desk(batch: Batch[Decision], tx: Tx) -> Sequence[Event]:
    """An office that works here decided, or withdrew the paper about a decision."""
    return await use_cases.issue(tx, batch)


@router.subscriber(topics.HOSTED_DECISIONS)
async def on_decisions_of_ministries(batch: Batch[Decision], tx: Tx) -> Sequence[Event]:
    """A ministry's system decided and asks for a paper, or withdrew one."""
    return await use_cases.issue(tx, batch)
