"""Routing rules and the days from which they hold."""

from typing import Any

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.catalogue import RoutingRule
from libs.database.pool import Database
from tests.services.catalogue.scenes import AT
from tests.services.catalogue.scenes import announced as events

TODAY = dhaka_date(AT)

ZONE: dict[str, Any] = {
    "address": "premises",
    "office_kind": "city_corporation_zone",
    "office_id": "zone-9",
    "office_name": {"bn": "অঞ্চল ৯", "en": "Zone 9"},
    "area": "20151600",
    "wards": (1, 2),
}


async def routing_of(database: Database, public_service_id: str = "S010") -> list[RoutingRule]:
    """Return what was announced last about a public service."""
    async with database.transaction() as tx:
        found = [
            event for event in await events(tx) if event.public_service_id == public_service_id
        ]
    return list(found[-1].routing)
