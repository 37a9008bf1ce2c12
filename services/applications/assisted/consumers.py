"""Ends of mandates, and the states of centres and uddoktas."""

from libs.contracts import topics
from libs.contracts.identity import MandateEnded, ServiceCentreChanged, UddoktaChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.applications.counter_drafts import use_cases as counter_drafts
from services.applications.mandate_uses import use_cases

router = Router("applications")
router.publisher(topics.MANDATES_USED)


@router.subscriber(topics.MANDATES_ENDED)
async def on_mandates_ended(batch: Batch[MandateEnded], tx: Tx) -> None:
    """A citizen stopped a mandate, its time is over, or an uddokta or a centre was stopped."""
    await use_cases.end_mandates(tx, batch.events)
    await counter_drafts.end_drafts(tx, batch.events)


@router.subscriber(topics.CENTRES)
async def on_centres_changed(batch: Batch[ServiceCentreChanged], tx: Tx) -> None:
    """A service centre was added or changed."""
    await use_cases.save_stops(tx, batch.events)


@router.subscriber(topics.UDDOKTAS)
async def on_uddoktas_changed(batch: Batch[UddoktaChanged], tx: Tx) -> None:
    """An uddokta was added, moved, paused, suspended or reinstated."""
    await use_cases.save_stops(tx, batch.events)
    await counter_drafts.end_drafts(tx, [], use_cases.stopped_in(batch.events))
