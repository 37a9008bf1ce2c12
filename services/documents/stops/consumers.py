"""Ends and uses of mandates, and the states of centres and uddoktas."""

from libs.contracts import topics
from libs.contracts.applications import MandateUsed
from libs.contracts.identity import MandateEnded, ServiceCentreChanged, UddoktaChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.documents.stops import use_cases

router = Router("documents")


@router.subscriber(topics.MANDATES_ENDED)
async def on_mandates_ended(batch: Batch[MandateEnded], tx: Tx) -> None:
    """A citizen stopped a mandate, its time is over, or an uddokta or a centre was stopped."""
    await use_cases.save_stops(tx, batch.events)


@router.subscriber(topics.MANDATES_USED)
async def on_mandates_used(batch: Batch[MandateUsed], tx: Tx) -> None:
    """An application was sent with a mandate."""
    await use_cases.save_stops(tx, batch.events)


@router.subscriber(topics.CENTRES)
async def on_centres_changed(batch: Batch[ServiceCentreChanged], tx: Tx) -> None:
    """A service centre was added or changed."""
    await use_cases.save_stops(tx, batch.events)


@router.subscriber(topics.UDDOKTAS)
async def on_uddoktas_changed(batch: Batch[UddoktaChanged], tx: Tx) -> None:
    """An uddokta was added, moved, paused, suspended or reinstated."""
    await use_cases.save_stops(tx, batch.events)
