"""The status of ministries' systems in words for citizens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from libs.contracts.language import Language, Text
from libs.contracts.ministries import ServiceHours, Trouble
from libs.contracts.status import MinistryStatusView, SystemState
from libs.pages.formats import clock_time

Colour = Literal["green", "amber", "red", "blue"]

_TAGS: Final[Mapping[SystemState, tuple[Colour, Text]]] = {
    "down": ("red", Text(bn="সাড়া দিচ্ছে না", en="No response")),
    "planned_outage": ("amber", Text(bn="ঘোষিত বিরতি", en="Planned outage")),
    "catching_up": ("amber", Text(bn="জমা আবেদন পাঠাচ্ছে", en="Catching up")),
    "not_connected": ("amber", Text(bn="এখনো যুক্ত নয়", en="Not connected yet")),
    "outside_hours": ("blue", Text(bn="এখন বন্ধ সময়", en="Outside its hours")),
    "working": ("green", Text(bn="চলছে", en="Working")),
    "own_system": ("blue", Text(bn="নিজে গ্রহণ করে", en="Fetches by itself")),
    "desk": ("green", Text(bn="কাজ এখানেই হয়", en="Works here")),
    "not_called": ("blue", Text(bn="কিছু পাঠানো হয়নি", en="Nothing sent yet")),
}
_TROUBLES: Final[Mapping[Trouble, Text]] = {
    "stopped": Text(bn="থামানো আছে", en="Stopped"),
    "not_admitted": Text(bn="ঢোকা যাচ্ছে না", en="Not let in"),
    "exchange_stuck": Text(bn="ফাইল আটকে আছে", en="Files are stuck"),
}
_GROUPS: Final[Sequence[tuple[Text, frozenset[SystemState]]]] = (
    (
        Text(bn="সমস্যা বা বিরতি", en="Trouble or a pause"),
        frozenset({"down", "planned_outage", "catching_up", "outside_hours"}),
    ),
    (Text(bn="এখনো যুক্ত নয়", en="Not connected yet"), frozenset({"not_connected"})),
    (Text(bn="স্বাভাবিক", en="As usual"), frozenset({"working"})),
    (Text(bn="নিজে গ্রহণ করে", en="Fetch by themselves"), frozenset({"own_system"})),
    (Text(bn="কাজ এখানেই হয়", en="Work here"), frozenset({"desk"})),
    (Text(bn="এখনো কিছু পাঠানো হয়নি", en="Nothing sent yet"), frozenset({"not_called"})),
)
_DAYS: Final = (
    Text(bn="সোম", en="Mon"),
    Text(bn="মঙ্গল", en="Tue"),
    Text(bn="বুধ", en="Wed"),
    Text(bn="বৃহস্পতি", en="Thu"),
    Text(bn="শুক্র", en="Fri"),
    Text(bn="শনি", en="Sat"),
    Text(bn="রবি", en="Sun"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One ministry on the page: its state as a tag and in a sentence."""

    status: MinistryStatusView
    colour: Colour
    tag: Text


@dataclass(frozen=True, slots=True)
class Group:
    """Ministries whose systems do alike."""

    title: Text
    rows: Sequence[Row]


def in_groups(items: Sequence[MinistryStatusView]) -> list[Group]:
    """Return the ministries by how their systems do, trouble first; no group is empty."""
    worst_first = sorted(items, key=lambda item: list(_TAGS).index(item.state))
    rows = [_row(item) for item in worst_first]
    groups = [
        Group(title, [row for row in rows if row.status.state in states])
        for title, states in _GROUPS
    ]
    return [group for group in groups if group.rows]


def _row(item: MinistryStatusView) -> Row:
    colour, tag = _TAGS[item.state]
    return Row(item, colour, _TROUBLES[item.trouble] if item.trouble else tag)


def hours_of(hours: ServiceHours, language: Language) -> str:
    """Write the days and hours at which a system takes applications."""
    days = ", ".join(_DAYS[day - 1].in_language(language) for day in hours.days)
    opens, closes = (clock_time(at, language) for at in (hours.opens_at, hours.closes_at))
    return f"{days}: {opens} – {closes}"
