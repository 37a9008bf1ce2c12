"""Consumes what happens to applications."""

from libs.contracts import topics
from libs.messaging.reading.router import Batch, Router, Tx
from services.programme.figures import use_cases
from services.programme.figures.rules import ApplicationEvent

router = Router("programme")


@router.subscriber(topics.APPLICATIONS, gathers=True)
async def on_application_events(batch: Batch[ApplicationEvent], tx: Tx) -> None:
    """An application was submitted, decided or rated, or something else happened to it."""
    await use_cases.count(tx, batch.events)
