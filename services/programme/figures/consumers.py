"""Consumes what happens to applications."""

from libs.contracts import topics
from libs.contracts.applications import DayRecounted
from libs.messaging.reading.router import Batch, Router, Tx
from services.programme.figures import use_cases
from services.programme.figures.rules import ApplicationEvent

router = Router("programme")


@router.subscriber(topics.APPLICATIONS, gathers=True)
async def on_application_events(batch: Batch[ApplicationEvent], tx: Tx) -> None:
    """An application was submitted, decided or rated, or something else happened to it."""
    await use_cases.count(tx, batch.events)


@router.subscriber(topics.COUNTS_OF_APPLICATIONS)
async def on_recounts(batch: Batch[DayRecounted], tx: Tx) -> None:
    """The applications of a day were counted again from their rows."""
    await use_cases.keep_recounts(tx, batch.events)
