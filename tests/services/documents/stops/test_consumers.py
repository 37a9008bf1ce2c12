from datetime import timedelta

import pytest

from libs.contracts.applications import MandateUsed
from libs.contracts.identity import MandateEnded, ServiceCentreChanged, UddoktaChanged
from libs.contracts.language import Text
from libs.contracts.mandates import EndReason
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from services.documents.locker.rules import Helper
from services.documents.stops import consumers
from services.documents.stops.rules import ActingEvent
from services.documents.stops.use_cases import check_may_act
from tests.consuming import consuming

NAME = Text(bn="উত্তরা", en="Uttara")
HELPER = Helper(new_id(), new_id(), "uttara", "S001")
ENDED = MandateEnded(mandate_id=HELPER.mandate_id, reason="revoked")
EXPIRED = MandateEnded(mandate_id=HELPER.mandate_id, reason="expired")
USED = MandateUsed(
    mandate_id=HELPER.mandate_id,
    application_id=new_id(),
    tracking_number="NS-7K4M9-PXRT3-HC2D3",
)
STOPPED = UddoktaChanged(
    uddokta_id=HELPER.uddokta_id, service_centre_id="uttara", state="suspended"
)
PAUSED = ServiceCentreChanged(
    service_centre_id="uttara", name=NAME, area="30262500", state="paused"
)


async def problem_after(database: Database, *events: ActingEvent) -> str | None:
    """Consume events one after the other; return the reason why the uddokta may not act."""
    for event in events:
        async with database.transaction() as tx, consuming(consumers.router, tx) as consume:
            await consume(event)
    async with database.transaction() as tx:
        try:
            await check_may_act(tx, HELPER)
        except Refused as refusal:
            return refusal.code
    return None


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        (ENDED, "mandate_ended"),
        (EXPIRED, "mandate_ended"),
        (USED, "mandate_used"),
        (STOPPED, "uddokta_stopped"),
        (PAUSED, "service_centre_not_running"),
    ],
)
async def test_what_is_announced_stops_the_uddokta(
    database: Database, event: ActingEvent, problem: str
) -> None:
    """Of a mandate, an uddokta or a centre that is not known yet nothing stops anybody."""
    assert await problem_after(database) is None
    assert await problem_after(database, event) == problem


async def test_the_newest_state_counts(database: Database) -> None:
    """In whatever order the events arrive; a reinstated uddokta goes on."""
    at, hour = STOPPED.occurred_at, timedelta(hours=1)
    earlier, later = (
        STOPPED.model_copy(update={"state": "active", "event_id": new_id(), "occurred_at": then})
        for then in (at - hour, at + hour)
    )
    assert await problem_after(database, STOPPED, earlier) == "uddokta_stopped"
    assert await problem_after(database, later) is None


@pytest.mark.parametrize("end_arrives_first", [False, True])
@pytest.mark.parametrize("used_after_h", [-1, 1])
@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("revoked", "mandate_ended"),
        ("citizen_erased", "mandate_ended"),
        ("expired", "mandate_used"),
        ("uddokta_stopped", "mandate_used"),
        ("centre_stopped", "mandate_used"),
    ],
)
async def test_of_a_used_mandate_an_end_by_the_citizen_is_final_and_no_other_counts(
    database: Database,
    reason: EndReason,
    problem: str,
    used_after_h: int,
    *,
    end_arrives_first: bool,
) -> None:
    """Whichever happened first, and in whatever order the events arrive."""
    at = ENDED.occurred_at + timedelta(hours=used_after_h)
    end = ENDED.model_copy(update={"reason": reason})
    used = USED.model_copy(update={"occurred_at": at})
    events = (end, used) if end_arrives_first else (used, end)
    assert await problem_after(database, *events) == problem


async def test_an_end_by_the_citizen_counts_beside_an_expiry(database: Database) -> None:
    """Also where both are read at once."""
    async with database.transaction() as tx, consuming(consumers.router, tx) as consume:
        await consume(USED, ENDED, EXPIRED)
    assert await problem_after(database) == "mandate_ended"
