"""The public services of bodies: whose they were on which days, online, connected and live."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from libs.contracts.catalogue import Adapter
from libs.contracts.language import Text
from services.programme.bodies.contents import ConnectionAnnounced, ServiceChanged
from services.programme.bodies.days import DAY, Period, common, joined
from services.programme.bodies.facts import Fact, Replacements

LIVE_FOR: Final = timedelta(days=30)
"""Time from a decision in which a service is live."""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A public service of a body on a day."""

    public_service_id: str
    name: Text
    adapter: Adapter
    is_online: bool
    is_connected: bool
    is_live: bool


class _Stretch(NamedTuple):
    """Days on which nothing about a service changed."""

    period: Period
    owner: str
    said: ServiceChanged
    is_connected: bool


class _Announced(NamedTuple):
    day: date
    body: str
    said: ServiceChanged


@dataclass(frozen=True, slots=True)
class Services:
    """The public services of all bodies.

    Args:
        by_body: whose they are today.
        live: when each service was live that was ever a body's, while it was.
        connections: of bodies' systems, as they were announced last.
    """

    by_body: Mapping[str, Sequence[ServiceState]]
    live: Mapping[str, Sequence[Sequence[Period]]]
    connections: Mapping[str, ConnectionAnnounced]

    @classmethod
    def of(
        cls,
        facts: Sequence[Fact],
        replacements: Replacements,
        decided: Mapping[str, Collection[date]],
        today: date,
    ) -> "Services":
        """Return the services on a day, from the facts until then in their order."""
        history = _History.of(facts, replacements)
        by_body: defaultdict[str, list[ServiceState]] = defaultdict(list)
        live: defaultdict[str, list[Sequence[Period]]] = defaultdict(list)
        for service_id, announced in sorted(history.services.items()):
            active = joined(
                Period(day, day + LIVE_FOR) for day in decided.get(service_id, ()) if day <= today
            )
            stretches = list(history.stretches(announced, today))
            for body in dict.fromkeys(stretch.owner for stretch in stretches):
                counted = joined(
                    stretch.period
                    for stretch in stretches
                    if stretch.owner == body and stretch.said.is_online and stretch.is_connected
                )
                live[body].append(common(counted, active))
            now = stretches[-1]
            is_active = any(period.start <= today < period.end for period in active)
            by_body[now.owner].append(
                ServiceState(
                    service_id,
                    now.said.name,
                    now.said.adapter_on(today),
                    now.said.is_online,
                    now.is_connected,
                    now.said.is_online and now.is_connected and is_active,
                )
            )
        return cls(by_body, live, history.last_connections())

    def of_body(self, body: str) -> Sequence[ServiceState]:
        """Return the services of a body today, by id."""
        return self.by_body.get(body, ())

    def live_periods(self, body: str) -> Sequence[Sequence[Period]]:
        """Return when each service was live that was ever a body's, while it was."""
        return self.live.get(body, ())

    def connection(self, body: str) -> ConnectionAnnounced | None:
        """Return the connection of a body's system; None if none was announced."""
        return self.connections.get(body)


@dataclass(frozen=True, slots=True)
class _History:
    """What was announced of services and of connections, in order."""

    services: Mapping[str, Sequence[_Announced]]
    connections: Mapping[str, Sequence[tuple[date, ConnectionAnnounced]]]
    replacements: Replacements

    @classmethod
    def of(cls, facts: Iterable[Fact], replacements: Replacements) -> "_History":
        services: defaultdict[str, list[_Announced]] = defaultdict(list)
        connections: defaultdict[str, list[tuple[date, ConnectionAnnounced]]] = defaultdict(list)
        for fact in facts:
            if isinstance(fact.content, ServiceChanged):
                announced = _Announced(fact.day, fact.body, fact.content)
                services[fact.content.public_service_id].append(announced)
            elif isinstance(fact.content, ConnectionAnnounced):
                connections[fact.body].append((fact.day, fact.content))
        return cls(services, connections, replacements)

    def last_connections(self) -> dict[str, ConnectionAnnounced]:
        """Return the connection of each body as it was announced last."""
        return {body: announced[-1][1] for body, announced in self.connections.items()}

    def stretches(self, announced: Sequence[_Announced], today: date) -> Iterator[_Stretch]:
        """Yield the stretches of a service, from its first announcement to today."""
        days = self._days(announced, today)
        for day, end in zip(days, [*days[1:], today + DAY], strict=True):
            last = [service for service in announced if service.day <= day][-1]
            owner = self.replacements.successor(last.body, day)
            is_connected = self._is_connected(last.body, last.said, day)
            yield _Stretch(Period(day, end), owner, last.said, is_connected)

    def _days(self, announced: Sequence[_Announced], today: date) -> list[date]:
        """Return the days on which something about a service may have changed."""
        days = {service.day for service in announced} | self.replacements.days()
        for service in announced:
            days |= {day for day, _ in self.connections.get(service.body, ())}
            days |= {version.valid_from for version in service.said.adapters}
        return sorted(day for day in days if announced[0].day <= day <= today)

    def _is_connected(self, body: str, said: ServiceChanged, day: date) -> bool:
        """Whether what hands over the submissions of a service on a day has passed its check."""
        match said.adapter_on(day):
            case "hosted":
                connections = [
                    connection
                    for since, connection in self.connections.get(body, ())
                    if since <= day
                ]
                return bool(connections) and connections[-1].is_connected
            case "own":
                return said.own_passed
            case _:
                return False
