"""How help at centres ended, and complaints about it, for tests."""

from typing import Any

from libs.contracts.identity import ComplaintMade, MandateClosed
from libs.database.pool import Database
from services.programme.assistance import use_cases
from tests.services.programme.rollout.scenes import NORTH
from tests.services.programme.running import NOW


def closed(centre_id: str, area: str = NORTH, **fields: Any) -> MandateClosed:
    """An application that was sent at a centre, unless told otherwise."""
    said = {
        "outcome": "used", "fee_bdt": 50, "charge_bdt": 30, "public_service_id": "S001",
        "occurred_at": NOW,
    }  # fmt: skip
    return MandateClosed(service_centre_id=centre_id, area=area, **{**said, **fields})


def complaint(centre_id: str, area: str = NORTH, **fields: Any) -> ComplaintMade:
    said = {"kind": "overcharged", "public_service_id": "S001", "occurred_at": NOW}
    return ComplaintMade(service_centre_id=centre_id, area=area, **{**said, **fields})


async def count(database: Database, *events: MandateClosed | ComplaintMade) -> None:
    async with database.transaction() as tx:
        await use_cases.count(tx, events)
