"""How long an application was with whom, from the entries of its timeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from libs.contracts.applications import ApplicationView, TimelineEntry

Holder = Literal["platform", "ministry", "citizen"]

_HOLDERS: Final[Mapping[str, Holder]] = {
    "application_received": "ministry",
    "correction_requested": "citizen",
    "application_corrected": "ministry",
}
"""Who has an application after an entry; the others change nothing of it."""

_ENDS: Final = frozenset({"application_decided", "application_withdrawn"})


@dataclass(frozen=True, slots=True)
class Times:
    """How long an application was with whom.

    Args:
        seconds: by holder, of those who had it.
        together_s: until a decision that came with the ministry's first answer: what was whose of
            it is not known here. Else None.
        lasts: whoever has it now; None once it is closed.
    """

    seconds: Mapping[Holder, float]
    together_s: float | None
    lasts: Holder | None


def times_of(application: ApplicationView, now: datetime) -> Times | None:
    """Return how long an application was with whom; None if its clocks contradict one another.

    Times are those of whoever says so: a ministry's clock may be slow. What would be less than
    nothing is not told.
    """
    holder: Holder = "platform"
    since, seconds = application.submitted_at, dict[Holder, float]()
    closed = False
    for entry in application.timeline:
        following = _holder_after(entry, holder)
        if entry.type in _ENDS:
            closed = True
        elif following == holder:
            continue
        took_s = (entry.at - since).total_seconds()
        if took_s < 0:
            return None
        seconds[holder] = seconds.get(holder, 0.0) + took_s
        if closed:
            break
        holder, since = following, entry.at
    if closed:
        is_at_once = application.status in {"approved", "refused"} and "ministry" not in seconds
        together_s = sum(seconds.values()) if is_at_once else None
        return Times(seconds, together_s, None)
    open_s = max((now - since).total_seconds(), 0.0)
    seconds[holder] = seconds.get(holder, 0.0) + open_s
    return Times(seconds, None, holder)


def _holder_after(entry: TimelineEntry, holder: Holder) -> Holder:
    if entry.type == "application_delayed" and entry.cause is not None:
        return "ministry" if entry.cause == "ministry" else "platform"
    return _HOLDERS.get(entry.type, holder)
