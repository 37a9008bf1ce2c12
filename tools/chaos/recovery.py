"""Time until the platform works again after a fault: for clicks, hand-overs and SMS.

It is measured if no other fault affects the same path meanwhile: during an outage of the SMS
provider, the kill of a process has no recovery time of its own for messages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tools.chaos.clicks import Click
from tools.chaos.injector import Injected
from tools.ledger import Ledger, received_at

_CLICK = frozenset({"gateway", "identity", "catalogue", "applications", "postgres"})
_HAND_OVER = _CLICK | {"kafka", "ministries", "sandbox"}
_SMS = _CLICK | {"kafka", "notifications", "sms", "sandbox"}


@dataclass(frozen=True, slots=True)
class Path:
    """The targets on one path, and when every click was made and came through, in seconds."""

    targets: frozenset[str]
    times: Sequence[tuple[float, float]]


def recoveries(
    injected: Sequence[Injected], clicks: Sequence[Click], ledger: Ledger
) -> list[tuple[float, str]]:
    """Return seconds from the end of a fault until a later click came through, sorted, with names.

    A fault on several paths has the longest time.
    """
    paths = _paths(clicks, ledger)
    found: list[tuple[float, str]] = []
    for injection in injected:
        waits_s = [
            wait_s
            for path in paths
            if injection.fault.target in path.targets
            for wait_s in _wait_s(injection, path, injected)
        ]
        if waits_s:
            found.append((max(waits_s), injection.fault.name))
    return sorted(found)


def _wait_s(injection: Injected, path: Path, injected: Sequence[Injected]) -> Iterator[float]:
    """The wait on one path after one fault; none if another fault hit the path before its end."""
    later = [through_s for clicked_s, through_s in path.times if clicked_s >= injection.over_s]
    if not later:
        return
    first_s = min(later)
    hit_again = any(
        other.began_s < first_s and other.over_s > injection.over_s
        for other in injected
        if other.fault.target in path.targets
    )
    if not hit_again:
        yield first_s - injection.over_s


def _paths(clicks: Sequence[Click], ledger: Ledger) -> list[Path]:
    answered: list[tuple[float, float]] = []
    handed_over: list[tuple[float, float]] = []
    confirmed: list[tuple[float, float]] = []
    for click in clicks:
        clicked_s = click.clicked_at.timestamp()
        received = ledger.of(click.application_id, click.tracking_number)
        if click.answered_at:
            answered.append((clicked_s, click.answered_at.timestamp()))
        at_ministry = [row for row in received.submissions if "case_id" not in row]
        for times, rows in (
            (handed_over, at_ministry),  # officers open a case when they want to
            (confirmed, received.messages),
        ):
            if rows:
                times.append((clicked_s, received_at(rows[0]).timestamp()))
    return [Path(_CLICK, answered), Path(_HAND_OVER, handed_over), Path(_SMS, confirmed)]
