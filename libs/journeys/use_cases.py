"""Reads the part of a service, and writes into the audit log that it was read."""

from typing import Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.text import Malformed
from libs.contracts.journeys import JourneyPart
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import parse_tracking_number
from libs.journeys import queries
from libs.journeys.part import Journeys
from libs.messaging.housekeeping import INBOX_KEPT_S

_DAY_S: Final = 24 * 3600


async def read_part(
    tx: Transaction, journeys: Journeys, tracking_number: str, application_id: UUID | None, by: str
) -> JourneyPart:
    """Return what a service knows of an application, and write down who asked.

    Args:
        tx: the transaction.
        journeys: how the service answers.
        tracking_number: in any spelling.
        application_id: of it, if it is known; finds dead letters of what was not stored.
        by: who asks.

    Raises:
        Refused: it is no tracking number.
    """
    try:
        number = parse_tracking_number(tracking_number)
    except Malformed as malformed:
        raise Refused("application_unknown", malformed.reason) from None
    own = await journeys.read(tx, number)
    dead_letters = await queries.read_dead_letters(
        tx,
        own.application_id or application_id,
        journeys.job_types,
        [str(step.step_id) for step in own.steps],
    )
    await record_action(tx, actor=by, action="read journey", subject=number)
    return JourneyPart(
        service=journeys.service,
        tracking_number=number,
        application_id=own.application_id,
        application=own.application,
        steps=list(own.steps),
        dead_letters=dead_letters,
        kept_days=journeys.kept_days,
        settled_kept_days=int(INBOX_KEPT_S // _DAY_S),
        **await queries.read_unpublished(tx),
    )
