"""Count what help at centres cost and what citizens complained about, and read the counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from libs.contracts.identity import ComplaintMade, MandateClosed
from libs.contracts.language import Text
from libs.contracts.programme import AssistanceFigures
from libs.contracts.rollout import AreaAssistance, PartAssistance
from libs.database.transaction import Transaction
from services.programme.assistance import queries, rules
from services.programme.assistance.queries import Row
from services.programme.assistance.rules import Counted

_PERIODS: Final = (1, 7, 30)
_DAYS: Final = 30
_MOST_SHOWN: Final = 20


async def count(tx: Transaction, events: Sequence[MandateClosed | ComplaintMade]) -> None:
    """Count mandates that ended, and complaints."""
    counts = rules.counts_of(events)
    if counts:
        await queries.add_counts(tx, counts)


async def read_between(tx: Transaction, first: date, last: date) -> Counted:
    """Return how often each thing happened in the country, from one day to another."""
    return _summed(await queries.read_rows(tx, [rules.COUNTRY], first, last))


async def read_periods(
    tx: Transaction, today: date
) -> tuple[date | None, Sequence[AssistanceFigures]]:
    """Return the figures of the country today, in 7 and in 30 days.

    Returns:
        The first day counted, None before any event, and the figures.
    """
    since = await queries.read_first_day(tx, rules.COUNTRY)
    sums = await queries.read_sums(tx, rules.COUNTRY, today)
    numbers = [(each.metric, (each.of_day, each.of_week, each.of_month)) for each in sums]
    return since, [
        rules.figures(days, {metric: of[place] for metric, of in numbers})
        for place, days in enumerate(_PERIODS)
    ]


async def read_area(
    tx: Transaction,
    area: str | None,
    centres: Mapping[str, Text],
    services: Mapping[str, Text],
    today: date,
) -> AreaAssistance:
    """Return what help in an area cost in 30 days, and the complaints about it.

    Args:
        tx: the transaction.
        area: its code; None where only its centres are counted, which are few.
        centres: the names of the centres that are shown one by one, by id.
        services: the names of public services, by id.
        today: the last day.
    """
    first = today - timedelta(days=_DAYS - 1)
    names = {rules.place_of_centre(centre_id): name for centre_id, name in centres.items()}
    found = await queries.read_rows(tx, [*names, *([area] if area else [])], first, today)
    of_centres = [row for row in found if row.place != area]
    whole = [row for row in found if row.place == area] if area else of_centres
    return AreaAssistance(
        since=await queries.read_first_day(tx, rules.COUNTRY),
        whole=rules.figures(_DAYS, _summed(whole)),
        centres=_parts(((row.place, row) for row in of_centres), names),
        public_services=_parts(((row.public_service_id, row) for row in whole), services),
    )


def _parts(rows: Iterable[tuple[str, Row]], names: Mapping[str, Text]) -> list[PartAssistance]:
    """Return the parts with most complaints of overcharging, and then most applications."""
    counted: dict[str, Counter[str]] = {}
    for part, row in rows:
        counted.setdefault(part, Counter())[row.metric] += row.number
    parts = [
        PartAssistance(
            id=part.removeprefix(rules.place_of_centre("")),
            name=names.get(part),
            figures=rules.figures(_DAYS, numbers),
        )
        for part, numbers in counted.items()
    ]
    parts.sort(key=lambda part: (-part.figures.overcharged, -part.figures.sent, part.id))
    return parts[:_MOST_SHOWN]


def _summed(rows: Iterable[Row]) -> Counted:
    counted: Counter[str] = Counter()
    for row in rows:
        counted[row.metric] += row.number
    return counted
