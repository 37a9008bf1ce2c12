"""Service centres kept as they were announced, and found by their area."""

from collections.abc import Sequence

from libs.bangladesh.places import children, trail
from libs.contracts.identity import ServiceCentreChanged
from libs.database.transaction import Transaction
from services.programme.centres import queries
from services.programme.centres.rules import Centre


async def save(tx: Transaction, changes: Sequence[ServiceCentreChanged]) -> None:
    """Keep centres as they were announced; a repeat, and an older one, change nothing."""
    centres = [
        Centre(
            service_centre_id=change.service_centre_id,
            name=change.name,
            area=change.area,
            state=change.state,
            changed_at=change.occurred_at,
            union_id=change.union_id,
            ward=change.ward,
        )
        for change in changes
    ]
    await queries.save_centres(tx, centres)


async def find_in(tx: Transaction, area: str) -> list[Centre]:
    """Return the centres that stand in an area of any kind, by id."""
    around = trail(area)
    named = around[1:2] or [place.code for place in children(area)]
    return [centre for centre in await queries.read_centres(tx, named) if centre.stands_in(area)]


async def area_of(tx: Transaction, service_centre_id: str) -> str | None:
    """Return the upazila or city corporation of a centre; None if there is no such centre."""
    return await queries.read_area(tx, service_centre_id)
