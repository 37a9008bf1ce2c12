"""Submissions to offices whose officers work here."""

from collections.abc import Sequence

from libs.clock import utc_now
from libs.contracts import topics
from libs.contracts.events import Event
from libs.messaging.reading.router import Batch, Router, Tx
from services.cases.intake import use_cases
from services.cases.intake.rules import Submission

router = Router("cases")
router.publisher(topics.DESK_DECISIONS)  # of cases that have ended, by whatever ended them
router.publisher(topics.CASE_PAPERS)  # of officers, who hand them in by a request


@router.publisher(topics.DESK_MINISTRIES)
@router.subscriber(topics.DESK_SUBMISSIONS, after=[topics.WORKFLOWS])
async def on_submissions(batch: Batch[Submission], tx: Tx) -> Sequence[Event]:
    """A citizen submitted, corrected or withdrew an application.

    A case is opened by the version that holds, so those that Kafka has are read first.
    """
    return await use_cases.take_in(tx, batch, at=utc_now())
