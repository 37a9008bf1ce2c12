"""Measures recorded and read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.identity import LineMeasured
from libs.contracts.lists import ListQuery
from libs.contracts.rollout import MeasureKind, RecordMeasure
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.programme.centres import use_cases as centres
from services.programme.infrastructure import queries, rules
from services.programme.infrastructure.rules import Measure


def place_of_centre(service_centre_id: str) -> str:
    """Return the place of a centre's measures."""
    return f"centre {service_centre_id}"


async def record_at_centre(
    tx: Transaction, service_centre_id: str, wanted: RecordMeasure, *, by: str, at: datetime
) -> Measure:
    """Record what was measured or tried at a centre; the same again adds nothing.

    Raises:
        Refused: there is no such centre, the day lies ahead, or the fields are not of the kind.
    """
    if not await centres.is_known(tx, service_centre_id):
        raise Refused("service_centre_unknown")
    place = place_of_centre(service_centre_id)
    measure = rules.measure_of(place, wanted, by=by, at=at, today=dhaka_date(at))
    if await queries.insert_measure(tx, measure):
        await record_action(tx, actor=by, action=f"measure {measure.kind}", subject=place)
    return measure


async def save_lines(tx: Transaction, measured: Sequence[LineMeasured]) -> None:
    """Keep what devices of centres measured of their lines; a repeat adds nothing."""
    for line in measured:
        place = place_of_centre(line.service_centre_id)
        await queries.insert_measure(tx, rules.measure_of_line(place, line))


async def read_at_centre(
    tx: Transaction, service_centre_id: str, query: ListQuery
) -> list[Measure]:
    """Return the measures of a centre, the newest first: one more than a page.

    Raises:
        Refused: there is no such centre.
    """
    if not await centres.is_known(tx, service_centre_id):
        raise Refused("service_centre_unknown")
    place = place_of_centre(service_centre_id)
    return await queries.read_measures(tx, place, after=query.after, limit=query.one_more)


async def check_seen(tx: Transaction, service_centre_id: str, district: str | None) -> None:
    """Check that a centre stands in a district; every centre does in the whole country, None.

    Raises:
        Refused: there is no such centre there.
    """
    if district is None:
        return
    if await centres.district_of(tx, service_centre_id) != district:
        raise Refused("service_centre_unknown")


async def read_newest(
    tx: Transaction, service_centre_ids: Collection[str]
) -> Mapping[str, Mapping[MeasureKind, Measure]]:
    """Return the newest measure of each kind, by centre."""
    places = {place_of_centre(centre_id): centre_id for centre_id in service_centre_ids}
    found = await queries.read_newest(tx, places.keys())
    return {places[place]: measures for place, measures in found.items()}
