"""Figures of periods, and of public services, from sums of counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from libs.bangladesh.text import parse_int
from libs.contracts.programme import PeriodFigures
from services.programme.figures.rules import DAYS

PERIODS: Final = (1, 7, 30)
FEWEST: Final = 5
"""Of fewer applications nothing is said in public: somebody could know whose they are."""

_GOOD: Final = ("rated_4", "rated_5")


class Sum(NamedTuple):
    """What was counted of a public service: today, in 7 days, in 30 days."""

    public_service_id: str
    metric: str
    of_day: int
    of_week: int
    of_month: int


class Days(NamedTuple):
    """The first and the last day of which something was counted."""

    first: date
    last: date


class Recount(NamedTuple):
    """How the recount of a day differs from what events have counted, of all public services.

    Args:
        missing: applications that are there, and whose event is not counted.
        too_many: events that were counted without an application.
    """

    missing: int
    too_many: int


class Lost(NamedTuple):
    """How what was counted again from rows differs from what events have counted.

    Args:
        lost: applications that are there, and whose event was not counted.
        counted_twice: events that were counted without an application.
        days: compared.
        counted_at: when the last of them was counted again; None before any.
    """

    lost: int
    counted_twice: int
    days: int
    counted_at: datetime | None


def periods_of(sums: Sequence[Sum]) -> list[PeriodFigures]:
    """Return the figures of all services today, in 7 days, and in 30 days."""
    found = []
    for place, days in enumerate(PERIODS):
        counted: Counter[str] = Counter()
        for one_sum in sums:
            counted[one_sum.metric] += (one_sum.of_day, one_sum.of_week, one_sum.of_month)[place]
        found.append(_period_of(days, counted))
    return found


def median_days(counted: Mapping[str, int]) -> int | None:
    """Return the days that half of the decisions took at most; None without a decision."""
    days = {
        parse_int(metric.removeprefix(DAYS)): number
        for metric, number in counted.items()
        if metric.startswith(DAYS) and number
    }
    half, passed = (sum(days.values()) + 1) // 2, 0
    for of_days, number in sorted(days.items()):
        passed += number
        if passed >= half:
            return of_days
    return None


def public_median_days(counted: Mapping[str, int]) -> int | None:
    """Return the median days to decide, as everybody may know; None where fewer than 5 are."""
    known = sum(number for metric, number in counted.items() if metric.startswith(DAYS))
    return median_days(counted) if known >= FEWEST else None


def _period_of(days: int, counted: Counter[str]) -> PeriodFigures:
    return PeriodFigures(
        days=days,
        submitted=counted["submitted"],
        assisted=counted["assisted"],
        approved=counted["approved"],
        refused=counted["refused"],
        withdrawn=counted["withdrawn"],
        corrections=counted["correction_requested"],
        overdue=counted["overdue"],
        in_time=counted["in_time"],
        late=counted["late"],
        median_days=median_days(counted),
        rated=sum(number for metric, number in counted.items() if metric.startswith("rated_")),
        rated_well=sum(counted[metric] for metric in _GOOD),
    )
