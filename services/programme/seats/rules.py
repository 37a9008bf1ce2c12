"""Need and seats put together by district and ministry."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.places import find_place, trail
from libs.contracts.language import Text
from libs.contracts.programme import Audience, CourseId
from libs.contracts.training import NeedView, SeatsView


class People(NamedTuple):
    """Active people of an area or a ministry, and how many of them are not qualified."""

    area: str | None
    ministry: str | None
    people: int
    needed: int


class Seats(NamedTuple):
    """Seats in sessions to come, and how many of them are taken."""

    audience: Audience
    course: str
    district: str
    ministry: str | None
    seats: int
    taken: int


def needed_on(needs: Iterable[NeedView], audience: Audience, today: date) -> date:
    """Return the day on which an audience has to be qualified: of a need to come, else today."""
    days = [
        need.needed_from for need in needs if need.audience == audience and need.state == "approved"
    ]
    return max([today, *days[:1]])


def seats_against_need(
    course: CourseId,
    audience: Audience,
    day: date,
    people: Iterable[People],
    seats: Iterable[Seats],
) -> list[SeatsView]:
    """Return need and seats by district of uddoktas, or ministry of officers; the shortest first.

    Seats for officers of all ministries are a row without a ministry, and uddoktas whose centre is
    not known one without a district.
    """
    counted: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    for row in people:
        place = next(iter(trail(row.area or "")), None) if audience == "uddokta" else row.ministry
        counted[place].update(people=row.people, needed=row.needed)
    for held in seats:
        if (held.course, held.audience) == (course, audience):
            place = held.district if audience == "uddokta" else held.ministry
            counted[place].update(seats=held.seats, taken=held.taken)
    found = [
        SeatsView(
            course=course,
            audience=audience,
            day=day,
            district=place if audience == "uddokta" else None,
            ministry=place if audience == "officer" else None,
            name=_name_of(place),
            people=numbers["people"],
            needed=numbers["needed"],
            seats=numbers["seats"],
            taken=numbers["taken"],
        )
        for place, numbers in counted.items()
    ]
    return sorted(found, key=lambda row: (row.seats - row.needed, row.name.en if row.name else ""))


def _name_of(place: str | None) -> Text | None:
    named = find_place(place or "") or bodies_by_id().get(place or "")
    return Text(bn=named.name_bn, en=named.name_en) if named else None
