"""Consumes uddoktas and officers as identity announces them."""

from libs.contracts import topics
from libs.contracts.identity import OfficerChanged, UddoktaChanged
from libs.messaging.reading.router import Batch, Router, Tx
from services.programme.people import use_cases
from services.programme.training import use_cases as training

router = Router("programme")


@router.subscriber(topics.UDDOKTAS)
async def on_uddoktas_changed(batch: Batch[UddoktaChanged], tx: Tx) -> None:
    """An uddokta came, moved, was stopped, or helps again."""
    await use_cases.save(tx, batch.events)
    gone = [event.uddokta_id for event in batch.events if event.state == "suspended"]
    await training.forget_mails(tx, gone)


@router.subscriber(topics.OFFICERS)
async def on_officers_changed(batch: Batch[OfficerChanged], tx: Tx) -> None:
    """An officer came, left or moved."""
    await use_cases.save(tx, batch.events)
    gone = [event.officer_id for event in batch.events if not event.active]
    await training.forget_mails(tx, gone)
