"""The status of ministries' systems, in plain words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from libs.bangladesh.bodies import bodies
from libs.bangladesh.calendar import DHAKA
from libs.bangladesh.text import bangla_digits
from libs.contracts.catalogue import Adapter
from libs.contracts.language import Text
from libs.contracts.ministries import (
    MinistryStatusChanged,
    PlannedOutage,
    ServiceHours,
    Trouble,
)
from libs.contracts.status import DecidedInTime, MinistryStatusView, StatusPage, SystemState

DAYS_COUNTED: Final = 30

_STATES: Final[Mapping[SystemState, Text]] = {
    "working": Text(bn="স্বাভাবিকভাবে চলছে", en="Working normally"),
    "catching_up": Text(
        bn="আবার চালু হয়েছে; জমে থাকা আবেদন একে একে পাঠানো হচ্ছে",
        en="Working again; applications that waited are being handed over one after the other",
    ),
    "down": Text(
        bn="মন্ত্রণালয়ের সিস্টেম সাড়া দিচ্ছে না। আবেদন জমা নেওয়া হচ্ছে ও নিরাপদ আছে; চালু হলেই পাঠানো হবে",
        en="The ministry's system does not respond. Applications are taken, are safe, and are "
        "handed over as soon as it does",
    ),
    "planned_outage": Text(
        bn="পূর্বঘোষিত সেবা বিঘ্ন চলছে। আবেদন জমা নেওয়া হচ্ছে ও নিরাপদ আছে; পরে পাঠানো হবে",
        en="A planned outage. Applications are taken, are safe, and are handed over afterwards",
    ),
    "outside_hours": Text(
        bn="মন্ত্রণালয়ের সিস্টেমের সেবার সময় এখন নয়। আবেদন জমা নেওয়া হচ্ছে; সময় হলে পাঠানো হবে",
        en="Outside the hours of the ministry's system. Applications are taken, and handed over "
        "when they begin",
    ),
    "not_connected": Text(
        bn="মন্ত্রণালয়টি এখনো যুক্ত হয়নি। আবেদন জমা থাকে; যুক্ত হলে পাঠানো হবে",
        en="The ministry is not connected yet. Applications are kept, and handed over when it is",
    ),
    "own_system": Text(
        bn="মন্ত্রণালয় নিজেই আবেদন গ্রহণ করে", en="The ministry fetches its applications itself"
    ),
    "desk": Text(
        bn="কার্যালয়ের কর্মকর্তারা আবেদনগুলো এখানেই নিষ্পত্তি করেন",
        en="Officers of its offices work on applications here",
    ),
    "not_called": Text(
        bn="এখনো কোনো আবেদন পাঠানো হয়নি", en="No application has been handed over yet"
    ),
}
_TROUBLES: Final[Mapping[Trouble, Text]] = {
    "stopped": Text(
        bn="মন্ত্রণালয়ের সিস্টেমে পাঠানো থামানো আছে। আবেদন জমা নেওয়া হচ্ছে ও নিরাপদ আছে; আবার চালু হলে পাঠানো হবে",
        en="Nothing is sent to the ministry's system: it said that it is gone, or operators "
        "stopped it. Applications are taken, are safe, and are handed over when that ends",
    ),
    "not_admitted": Text(
        bn="মন্ত্রণালয়ের সিস্টেমে ঢোকা যাচ্ছে না: তার জায়গায় অন্য কিছু উত্তর দিচ্ছে। আবেদন জমা নেওয়া হচ্ছে ও "
        "নিরাপদ আছে; ঠিক হলেই পাঠানো হবে",
        en="The ministry's system does not let the platform in, or something else answers in its "
        "place. Applications are taken, are safe, and are handed over as soon as that ends",
    ),
    "exchange_stuck": Text(
        bn="মন্ত্রণালয়ের সঙ্গে ফাইল আদান-প্রদান আটকে আছে। আবেদন জমা নেওয়া হচ্ছে ও নিরাপদ আছে; "
        "ঠিক হলেই পাঠানো হবে",
        en="The exchange of files with the ministry is stuck. Applications are taken, are safe, "
        "and are handed over as soon as it works",
    ),
}
_ALL_WELL: Final = Text(
    bn="সব মন্ত্রণালয়ের সিস্টেম স্বাভাবিকভাবে চলছে।", en="All ministries' systems work normally."
)
_COUNTED: Final[Sequence[tuple[frozenset[SystemState], Text]]] = (
    (
        frozenset({"down", "planned_outage", "catching_up"}),
        Text(
            bn="{}টিতে সমস্যা বা বিরতি আছে; আবেদন জমা নেওয়া হচ্ছে, কিছুই হারায় না",
            en="{} with trouble or a pause, for which applications are taken and nothing is lost",
        ),
    ),
    (
        frozenset({"working"}),
        Text(bn="{}টি সাড়া দিয়েছে, স্বাভাবিকভাবে চলছে", en="{} answered and working normally"),
    ),
    (frozenset({"outside_hours"}), Text(bn="{}টির এখন বন্ধ সময়", en="{} outside its hours")),
    (frozenset({"own_system"}), Text(bn="{}টি নিজে আবেদন নেয়", en="{} fetching by itself")),
    (frozenset({"desk"}), Text(bn="{}টির কাজ এখানেই হয়", en="{} working here")),
    (frozenset({"not_called"}), Text(bn="{}টিতে এখনো সাড়া মেলেনি", en="{} not called yet")),
    (frozenset({"not_connected"}), Text(bn="{}টি এখনো যুক্ত নয়", en="{} not connected yet")),
)
"""The states that the summary counts, in its order."""
_DAYS: Final[Mapping[int, Text]] = {
    1: Text(bn="সোম", en="Mon"),
    2: Text(bn="মঙ্গল", en="Tue"),
    3: Text(bn="বুধ", en="Wed"),
    4: Text(bn="বৃহস্পতি", en="Thu"),
    5: Text(bn="শুক্র", en="Fri"),
    6: Text(bn="শনি", en="Sat"),
    7: Text(bn="রবি", en="Sun"),
}


@dataclass(frozen=True, slots=True)
class DueCount:
    """Numbers of one ministry's applications: last day in a period; of these, decided in time."""

    ministry: str
    due: int
    in_time: int


def page(
    adapters: Mapping[str, Collection[Adapter]],
    statuses: Mapping[str, MinistryStatusChanged],
    counts: Collection[DueCount],
    at: datetime,
) -> StatusPage:
    """Return the public page: a row for every ministry with public services, in the state's order.

    Args:
        adapters: all that hands applications to a ministry, by ministry.
        statuses: the last event of a ministry's system, by ministry.
        counts: what was due in the last 30 days.
        at: the time.
    """
    counted = {count.ministry: count for count in counts}
    items = [
        _row(body.body_id, Text(bn=body.name_bn, en=body.name_en), adapters, statuses, counted, at)
        for body in bodies()
        if body.body_id in adapters
    ]
    return StatusPage(summary=_summary([item.state for item in items]), items=items, at=at)


def notice(status: MinistryStatusChanged | None, at: datetime) -> Text | None:
    """Return when a delayed application is handed over at the earliest; None if unknown."""
    if status is None:
        return None
    outage = next(
        (outage for outage in status.outages if outage.starts_at <= at < outage.ends_at), None
    )
    if outage is not None:
        return _outage_text(outage)
    return _hours_text(status.hours) if status.hours and status.state == "outside_hours" else None


def _row(
    ministry: str,
    name: Text,
    adapters: Mapping[str, Collection[Adapter]],
    statuses: Mapping[str, MinistryStatusChanged],
    counts: Mapping[str, DueCount],
    at: datetime,
) -> MinistryStatusView:
    status, count = statuses.get(ministry), counts.get(ministry)
    state = _state(adapters[ministry], status)
    is_known = status is not None and state == status.state
    trouble = status.trouble if status and is_known else None
    return MinistryStatusView(
        ministry=ministry,
        name=name,
        state=state,
        trouble=trouble,
        text=_TROUBLES[trouble] if trouble else _STATES[state],
        since=status.since if status and is_known and state != "working" else None,
        waiting=status.waiting if status else 0,
        oldest_waiting_since=status.oldest_waiting_since if status else None,
        answered_at=status.answered_at if status and state == "down" else None,
        outages=[outage for outage in status.outages if outage.ends_at > at] if status else [],
        hours=status.hours if status else None,
        decided_in_time=DecidedInTime(due=count.due, in_time=count.in_time) if count else None,
    )


def _state(adapters: Collection[Adapter], status: MinistryStatusChanged | None) -> SystemState:
    """Return the state of a system, where the ministry has one that it is called at."""
    if "hosted" not in adapters:
        if "own" in adapters:
            return "own_system"
        return "desk" if "desk" in adapters else "not_connected"
    if status is None or (status.state == "working" and status.answered_at is None):
        return "not_called"
    return status.state


def _summary(states: Sequence[SystemState]) -> Text:
    """Describe a status in words; a system that never answered does not count as working."""
    if set(states) == {"working"}:
        return _ALL_WELL
    counted = [(sum(state in group for state in states), text) for group, text in _COUNTED]
    bn = [text.bn.format(bangla_digits(number)) for number, text in counted if number]
    en = [text.en.format(number) for number, text in counted if number]
    return Text(
        bn=f"{bangla_digits(len(states))}টি মন্ত্রণালয়: {'; '.join(bn)}।",
        en=f"{len(states)} ministries: {'; '.join(en)}.",
    )


def _outage_text(outage: PlannedOutage) -> Text:
    until = outage.ends_at.astimezone(DHAKA).strftime("%d/%m/%Y, %H:%M")
    reason = outage.reason
    return Text(
        bn=f"মন্ত্রণালয়ের ঘোষিত সেবা বিঘ্ন {bangla_digits(until)} পর্যন্ত"
        + (f": {reason.bn}" if reason else ""),
        en=f"The ministry has announced an outage until {until}"
        + (f": {reason.en}" if reason else ""),
    )


def _hours_text(hours: ServiceHours) -> Text:
    opens_at, closes_at = f"{hours.opens_at:%H:%M}", f"{hours.closes_at:%H:%M}"
    names: Sequence[Text] = [_DAYS[day] for day in hours.days]
    return Text(
        bn=f"মন্ত্রণালয়ের সিস্টেম আবেদন নেয় {', '.join(name.bn for name in names)}, "
        f"{bangla_digits(opens_at)} থেকে {bangla_digits(closes_at)}",
        en=f"The ministry's system takes applications {', '.join(name.en for name in names)}, "
        f"{opens_at} to {closes_at}",
    )
