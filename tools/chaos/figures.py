"""What the programme has counted, beside a count of our own of the records that it has read.

Nothing here is of the programme's code. That the records are those of the citizens' clicks and of
what ministries decided, the other checks find.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from tools.chaos.applications import Finding
from tools.chaos.evidence import Counted, Seen
from tools.chaos.queries import Count

_DHAKA: Final = timedelta(hours=6)
_ONCE: Final = {
    "correction_requested": "correction_requested",
    "application_overdue": "overdue",
    "application_withdrawn": "withdrawn",
    "application_moved": "moved",
}


def check_figures(counted: Counted) -> Iterator[Finding]:
    """Every event that was read between two moments is counted once, and nothing else is."""
    before, after = counted.before, counted.after
    read = {
        seen.event_key: seen
        for seen in counted.records
        if seen.event_key is not None
        and before.read.get(seen.place, 0) <= seen.offset < after.read.get(seen.place, 0)
    }
    expected = _counted(read.values())
    for count in sorted(expected.keys() | after.counts.keys()):
        found = after.counts.get(count, 0) - before.counts.get(count, 0)
        said = f"{'/'.join(count)}: counted {found}, and {expected[count]} happened"
        if found < expected[count]:
            yield "lost", said
        if found > expected[count]:
            yield "effects", said


def _counted(read: Iterable[Seen]) -> Counter[Count]:
    return Counter(
        Count(
            _day(seen.fields["occurred_at"]).isoformat(),
            seen.fields["public_service_id"],
            seen.fields["ministry"],
            metric,
        )
        for seen in read
        for metric in _metrics(seen.type, seen.fields)
    )


def _metrics(kind: str, said: Mapping[str, Any]) -> Iterator[str]:
    if kind in _ONCE:
        yield _ONCE[kind]
    elif kind == "application_submitted":
        yield "submitted"
        if said["assistance"] is not None:
            yield "assisted"
    elif "rating" in said:
        yield f"rated_{said['rating']}"
    elif kind == "application_decided":
        yield said["outcome"]
        day = _day(said["occurred_at"])
        if said["submitted_at"] is not None:
            yield f"days_{(day - _day(said['submitted_at'])).days}"
            if said["due_on"] is not None:
                yield "in_time" if day <= date.fromisoformat(said["due_on"]) else "late"


def _day(time: str) -> date:
    """Return the day in Dhaka of a time in UTC."""
    return (datetime.fromisoformat(time) + _DHAKA).date()
