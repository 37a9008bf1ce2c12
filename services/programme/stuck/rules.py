"""What is stuck at bodies on a day, from their states and facts."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.programme import Step
from libs.contracts.stuck import StuckKind
from services.programme.bodies.contents import ConnectionAnnounced, ServiceChanged, VendorNamed
from services.programme.bodies.facts import Fact, holding
from services.programme.bodies.rules import BodyState
from services.programme.bodies.services import ServiceState


class Stuck(NamedTuple):
    """Something that does not go on.

    Args:
        body: where.
        kind: what.
        since: the day from which it is so; None where no fact says it.
        step: the step that is overdue.
        service: the public service that does not go on.
        vendor: who connects the body's system, where it was named.
    """

    body: str
    kind: StuckKind
    since: date | None
    step: Step | None = None
    service: ServiceState | None = None
    vendor: str | None = None


def stuck(states: Iterable[BodyState], facts: Iterable[Fact]) -> list[Stuck]:
    """Return what is stuck on the day of the states, the longest first."""
    known = _Last.of(facts)
    found = [row for state in states if state.replaced_by is None for row in _of(state, known)]
    return sorted(found, key=lambda row: (row.since or date.max, row.body, row.kind))


class _Last(NamedTuple):
    """Since when services are online or not, and the vendors that bodies have named."""

    online: Mapping[str, tuple[bool, date]]
    vendors: Mapping[str, str]

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> "_Last":
        online: dict[str, tuple[bool, date]] = {}
        vendors: dict[str, str] = {}
        for fact in holding(facts):
            match fact.content:
                case ServiceChanged(public_service_id=service_id) as said:
                    before = online.get(service_id)
                    if before is None or before[0] != said.is_online:
                        online[service_id] = said.is_online, fact.day
                case VendorNamed(vendor=vendor):
                    vendors[fact.body] = vendor
                case _:
                    pass
        return cls(online, vendors)


def _of(state: BodyState, last: _Last) -> Iterator[Stuck]:
    vendor = last.vendors.get(state.body)
    for step in state.steps.values():
        if step.is_overdue(state.today):
            yield Stuck(state.body, "step_overdue", step.due_on, step=step.step, vendor=vendor)
    connection = state.connection
    if connection is not None and (kind := _connection_kind(connection)) is not None:
        checked_at = connection.checked_at
        yield Stuck(state.body, kind, checked_at and dhaka_date(checked_at), vendor=vendor)
    for service in state.services:
        if (kind := _service_kind(service)) is not None:
            _, since = last.online.get(service.public_service_id, (False, None))
            said = None if kind == "not_decided" else since
            yield Stuck(state.body, kind, said, service=service, vendor=vendor)


def _service_kind(service: ServiceState) -> StuckKind | None:
    if not service.is_online:
        return "not_online"
    if not service.is_connected:
        return "not_connected"
    return None if service.is_live else "not_decided"


def _connection_kind(connection: ConnectionAnnounced) -> StuckKind | None:
    if connection.adapter is None:  # the default, which is none
        return None
    if connection.stopped:
        return "connection_stopped"
    return None if connection.passed else "check_failed"
