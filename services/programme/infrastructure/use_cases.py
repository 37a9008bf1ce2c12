"""Measures recorded and read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.places import trail
from libs.contracts.identity import LineMeasured
from libs.contracts.lists import ListQuery
from libs.contracts.rollout import MeasureKind, MeasureList, OfficeChecks, RecordMeasure
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.programme.centres import use_cases as centres
from services.programme.infrastructure import queries, rules
from services.programme.infrastructure.rules import Measure, Site
from services.programme.people import use_cases as people
from services.programme.people.rules import Office


async def find_centre(tx: Transaction, service_centre_id: str, district: str | None) -> Site:
    """Return a centre that stands in a district; every centre does in the whole country, None.

    Raises:
        Refused: there is no such centre there.
    """
    area = await centres.area_of(tx, service_centre_id)
    if area is None or not _is_within(area, district):
        raise Refused("service_centre_unknown")
    return Site("centre", service_centre_id, area)


async def find_office(tx: Transaction, office_id: str, district: str | None) -> Site:
    """Return an office that is responsible for an area of a district; None for the whole country.

    Raises:
        Refused: no officer works at such an office there.
    """
    office = await people.find_office(tx, office_id)
    if office is None or not _is_within(office.area, district):
        raise Refused("office_without_officers")
    return _site_of(office)


async def record(
    tx: Transaction, site: Site, wanted: RecordMeasure, *, by: str, at: datetime
) -> Measure:
    """Record what was measured or tried at a place; the same again adds nothing.

    Raises:
        Refused: it is not measured there by people, the day lies ahead, or the fields are not of
            the kind.
    """
    measure = rules.measure_of(site, wanted, by=by, at=at, today=dhaka_date(at))
    if await queries.insert_measure(tx, measure):
        await record_action(tx, actor=by, action=f"measure {measure.kind}", subject=site.place)
    return measure


async def save_lines(tx: Transaction, measured: Sequence[LineMeasured]) -> None:
    """Keep what devices of centres measured of their lines; a repeat adds nothing."""
    for line in measured:
        place = Site("centre", line.service_centre_id, None).place
        await queries.insert_measure(tx, rules.measure_of_line(place, line))


async def read(tx: Transaction, site: Site, query: ListQuery, today: date) -> MeasureList:
    """Return the measures of a place, the newest first, and what there is of what is needed."""
    found = await queries.read_measures(tx, site.place, after=query.after, limit=query.one_more)
    page, following = query.page(found, lambda measure: measure.measure_id)
    newest = await queries.read_newest(tx, [site.place])
    return MeasureList(
        items=[measure.view() for measure in page],
        next=following,
        checks=rules.checks_of(newest[site.place], today, site.needs),
        place=site.site_id,
        area=site.area,
    )


async def read_newest(tx: Transaction, service_centre_id: str) -> Mapping[MeasureKind, Measure]:
    """Return the newest measure of each kind at a centre."""
    place = Site("centre", service_centre_id, None).place
    return (await queries.read_newest(tx, [place]))[place]


async def count_green(
    tx: Transaction, service_centre_ids: Collection[str], today: date
) -> Mapping[str, int]:
    """Return how many kinds of measures are enough on a day, by centre."""
    places = {Site("centre", each, None).place: each for each in service_centre_ids}
    found = await queries.count_green(tx, places.keys(), today)
    return {places[place]: green for place, green in found.items()}


async def check_offices(
    tx: Transaction, offices: Sequence[Office], today: date
) -> list[OfficeChecks]:
    """Return what offices have of what is needed to work there."""
    sites = [_site_of(office) for office in offices]
    newest = await queries.read_newest(tx, [site.place for site in sites])
    return [
        OfficeChecks(
            office_id=site.site_id,
            ministry=site.ministry,
            area=site.area,
            checks=rules.checks_of(newest[site.place], today, site.needs),
        )
        for site in sites
    ]


def _site_of(office: Office) -> Site:
    return Site("office", office.office_id, office.area, office.ministry)


def _is_within(area: str | None, district: str | None) -> bool:
    return district is None or district in trail(area or "")
