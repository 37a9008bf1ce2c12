"""Snapshots taken, and read."""

from datetime import date, datetime
from typing import Final

from pydantic import TypeAdapter

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.programme import ProgrammeFigures
from libs.contracts.snapshots import OpenDataFile, OpenDataIndex, OpenDataWeek, SnapshotWeek
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.programme.bodies import use_cases as bodies
from services.programme.bodies.overview import Overview
from services.programme.figures import use_cases as figures
from services.programme.figures.latest import read_counted_days
from services.programme.snapshots import queries, rules, tables

MEDIA_TYPES: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
ADDRESS: Final = "/v1/open-data"
_SERVICES: Final = TypeAdapter(tables.Table[tables.ServiceRow])


async def take(tx: Transaction, overview: Overview, now: datetime) -> list[date]:
    """Take the snapshots of the weeks that are over and counted; return those weeks.

    One that is there stays as it is, whatever is counted later.
    """
    today = dhaka_date(now)
    newest, span = await queries.read_newest_week(tx), await read_counted_days(tx)
    taken = []
    for week_ends in rules.weeks_over(newest, span and span.first, today):
        recount = await figures.read_recount(tx, week_ends)
        if not rules.is_counted(week_ends, span and span.last, recount):
            break
        found = await figures.read_on(tx, overview, week_ends, now)
        snapshot = queries.Snapshot(week_ends, now, rules.agrees(recount))
        if await queries.insert_snapshot(tx, snapshot, found.model_dump_json()):
            states = await bodies.read_states(tx, overview, week_ends)
            counted = await figures.read_week(tx, week_ends)
            grievances = await figures.read_grievances(tx, week_ends)
            contents = tables.files_of(states, found.bodies, counted, week_ends, now, grievances)
            await queries.insert_files(tx, week_ends, contents)
            taken.append(week_ends)
    return taken


async def read_weeks(
    tx: Transaction, before: date | None, limit: int
) -> tuple[list[SnapshotWeek], date | None]:
    """Return the weeks before a day, and the day that continues the list."""
    found = await queries.read_snapshots(tx, before=before or date.max, limit=limit + 1)
    weeks = [
        SnapshotWeek(week_begins=rules.first_day(snapshot.week_ends), **snapshot._asdict())
        for snapshot in found[:limit]
    ]
    return weeks, weeks[-1].week_ends if len(found) > limit else None


async def read_figures(tx: Transaction, week_ends: date) -> ProgrammeFigures:
    """Return the programme as it was at the end of a week.

    Raises:
        Refused: there is no snapshot of it.
    """
    found = await queries.read_figures(tx, week_ends)
    if found is None:
        raise Refused("not_found")
    return ProgrammeFigures.model_validate_json(found)


async def read_index(tx: Transaction, before: date | None, limit: int) -> OpenDataIndex:
    """Return the open data of the weeks before a day."""
    weeks, following = await read_weeks(tx, before, limit)
    files: dict[date, list[OpenDataFile]] = {week.week_ends: [] for week in weeks}
    if weeks:
        last, first = weeks[0].week_ends, weeks[-1].week_ends
        for file in await queries.read_files(tx, since=first, until=last):
            files[file.week_ends].append(_file(file))
    return OpenDataIndex(
        licence=tables.LICENCE,
        licence_address=tables.LICENCE_ADDRESS,
        attribution=tables.ATTRIBUTION,
        hidden=tables.HIDDEN,
        items=[OpenDataWeek(**week.model_dump(), files=files[week.week_ends]) for week in weeks],
        next=following,
    )


async def read_file(tx: Transaction, week_ends: date, name: str) -> str:
    """Return a file of a week as it was published.

    Raises:
        Refused: there is none.
    """
    content = await queries.read_file(tx, week_ends, name)
    if content is None:
        raise Refused("not_found")
    return content


async def read_services(tx: Transaction) -> tuple[date | None, dict[str, tables.PublicNumbers]]:
    """Return the newest week, and what everybody may know of public services in it, by id."""
    week_ends = await queries.read_newest_week(tx)
    if week_ends is None:
        return None, {}
    table = _SERVICES.validate_json(await read_file(tx, week_ends, "services.json"))
    return week_ends, {
        row.public_service_id: tables.PublicNumbers(tables.decided(row), row.median_days)
        for row in table.rows
    }


def media_type(name: str) -> str:
    """Return the media type of a file by its name."""
    return MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream")


def _file(file: queries.File) -> OpenDataFile:
    return OpenDataFile(
        name=file.name,
        address=f"{ADDRESS}/{file.week_ends}/{file.name}",
        media_type=media_type(file.name),
        size_bytes=file.size_bytes,
        sha256=file.sha256,
    )
