"""Says to which counts an event about help at a centre adds one, and what the counts say."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.places import trail
from libs.bangladesh.text import parse_int
from libs.contracts.identity import ComplaintMade, MandateClosed
from libs.contracts.programme import AssistanceFigures

Counted = Mapping[str, int]
"""How often something happened, by metric."""

_USED: Final = "used"
_COST: Final = "cost_"
_CHARGE: Final = "charge_"
"""Begin metrics that count applications by what was paid, in whole taka: at all, for the help."""
_COST_UNKNOWN: Final = "cost_unknown"
_COMPLAINT: Final = "complaint_"
_AGAINST: Final = (f"{_COMPLAINT}overcharged", f"{_COMPLAINT}not_said")
"""A complaint of which nobody knows the kind may be one of overcharging."""
_NOT_SENT: Final = ("refused", "revoked", "stopped", "expired")
_PER: Final = 10_000


COUNTRY: Final = "country"


class Key(NamedTuple):
    """The place, day, public service and kind of a count.

    Args:
        place: a centre, the areas around it, or the country.
        day: in Dhaka, on which it happened.
        metric: what is counted, such as `used`.
    """

    place: str
    day: date
    public_service_id: str
    metric: str


def counts_of(events: Iterable[MandateClosed | ComplaintMade]) -> Counter[Key]:
    """Return how often each thing happened: at a centre, in its areas, in the country."""
    return Counter(
        Key(place, dhaka_date(event.occurred_at), event.public_service_id, metric)
        for event in events
        for metric in _metrics_of(event)
        for place in (place_of_centre(event.service_centre_id), *trail(event.area), COUNTRY)
    )


def place_of_centre(service_centre_id: str) -> str:
    """Return the name of a centre among places."""
    return f"centre {service_centre_id}"


def _metrics_of(event: MandateClosed | ComplaintMade) -> Iterator[str]:
    if isinstance(event, ComplaintMade):
        yield f"{_COMPLAINT}{event.kind}"
        return
    yield event.outcome
    if event.outcome == _USED:
        fee = event.fee_bdt
        yield _COST_UNKNOWN if fee is None else f"{_COST}{fee + event.charge_bdt}"
        yield f"{_CHARGE}{event.charge_bdt}"


def sent(counted: Counted) -> int:
    """Return how many applications were sent by uddoktas."""
    return counted.get(_USED, 0)


def median_cost(counted: Counted, more_unknown: int = 0) -> int | None:
    """Return what at least half of the assisted applications cost at most, in whole taka.

    One whose cost is not known counts as the dearest, so that it never makes help look cheap. None
    where nothing was sent, or the cost in the middle is not known.

    Args:
        counted: by metric.
        more_unknown: applications that were sent, and of which nothing else is known.
    """
    return _median(counted, _COST, counted.get(_COST_UNKNOWN, 0) + more_unknown)


def overcharged(counted: Counted) -> int:
    """Return how many complaints are of overcharging, or may be."""
    return sum(counted.get(metric, 0) for metric in _AGAINST)


def overcharged_share(counted: Counted) -> int | None:
    """Return the complaints of overcharging of 10,000 assisted applications, rounded up."""
    used = sent(counted)
    return -(-overcharged(counted) * _PER // used) if used else None


def figures(days: int, counted: Counted) -> AssistanceFigures:
    """Return what was counted in some days."""
    return AssistanceFigures(
        days=days,
        sent=sent(counted),
        not_sent=sum(counted.get(outcome, 0) for outcome in _NOT_SENT),
        median_cost_bdt=median_cost(counted),
        cost_unknown=counted.get(_COST_UNKNOWN, 0),
        median_charge_bdt=_median(counted, _CHARGE, 0),
        complaints=sum(n for metric, n in counted.items() if metric.startswith(_COMPLAINT)),
        overcharged=overcharged(counted),
        overcharged_per_10000=overcharged_share(counted),
    )


def _median(counted: Counted, begins: str, unknown: int) -> int | None:
    paid = sorted(
        (parse_int(metric.removeprefix(begins)), number)
        for metric, number in counted.items()
        if metric.startswith(begins) and metric != _COST_UNKNOWN and number
    )
    middle, passed = (sum(number for _, number in paid) + unknown) // 2 + 1, 0
    for taka, number in paid:
        passed += number
        if passed >= middle:
            return taka
    return None
