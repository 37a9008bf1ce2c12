"""Consumes the ministries' events."""

from collections.abc import Sequence

from libs.contracts import topics
from libs.contracts.events import Event
from libs.messaging.reading.router import Batch, Router, Tx
from services.applications.lifecycle import use_cases
from services.applications.lifecycle.rules import MinistryEvent

router = Router("applications")
router.publisher(topics.HOSTED_SUBMISSIONS)
router.publisher(topics.DESK_SUBMISSIONS)
router.publisher(topics.SUBMISSIONS)
router.publisher(topics.OWN_DECISIONS)


@router.publisher(topics.APPLICATIONS)
@router.subscriber(topics.MINISTRIES)
@router.subscriber(topics.DESK_MINISTRIES)
@router.subscriber(topics.HOSTED_MINISTRIES)
async def on_ministry_events(batch: Batch[MinistryEvent], tx: Tx) -> Sequence[Event]:
    """Apply ministries' events to applications: received, outage, correction, decision."""
    return await use_cases.apply_ministry_events(tx, batch)
