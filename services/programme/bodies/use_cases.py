"""Facts recorded, and the states of bodies read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.language import Text
from libs.contracts.ministries import ConnectionChanged
from libs.contracts.programme import RecordFact
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.grievances import is_listed
from libs.ids import NAMESPACE, derived_id
from services.programme.bodies import queries, recording
from services.programme.bodies.contents import (
    ConnectionAnnounced,
    FactContent,
    ServiceChanged,
)
from services.programme.bodies.facts import Extension, Fact
from services.programme.bodies.overview import Overview
from services.programme.bodies.rules import BodyState


async def record(
    tx: Transaction, overview: Overview, body: str, wanted: RecordFact, *, by: str, at: datetime
) -> Fact:
    """Record a fact about a body; the same fact again adds nothing, and returns the first.

    Raises:
        Refused: there is no such body, the fact cannot be, or it corrects what it may not.
    """
    return await _record(tx, overview, recording.fact_of(body, wanted, by=by, at=at), at)


async def record_content(  # noqa: PLR0913
    tx: Transaction,
    overview: Overview,
    body: str,
    content: FactContent,
    day: date,
    evidence: str,
    *,
    said: str,
    by: str,
    at: datetime,
) -> Fact:
    """Record a fact of another capability, as `record`; what was said makes its id.

    Raises:
        Refused: there is no such body, or the fact cannot be.
    """
    fact = Fact(
        fact_id=derived_id(NAMESPACE, f"fact/{body}/{said}"),
        body=body,
        day=day,
        happened_at=at,
        content=content,
        evidence=evidence,
        recorded_by=by,
        recorded_at=at,
    )
    return await _record(tx, overview, fact, at)


async def _record(tx: Transaction, overview: Overview, fact: Fact, at: datetime) -> Fact:
    if fact.body not in bodies_by_id():
        raise Refused("body_not_found")
    await queries.lock_version(tx)
    facts = await overview.facts(tx)
    if fact.fact_id in facts:
        return facts[fact.fact_id]
    recording.check(fact, facts.values(), dhaka_date(at))
    await _add(tx, [fact])
    await record_action(
        tx, actor=fact.recorded_by, action=f"record {fact.content.kind}", subject=fact.body
    )
    return fact


async def lock_facts(tx: Transaction) -> None:
    """Let nobody else record a fact, or announce what follows from facts, until the end."""
    await queries.lock_version(tx)


async def record_services(tx: Transaction, changes: Sequence[PublicServiceChanged]) -> None:
    """Record what the catalogue announced of public services; a repeat adds nothing."""
    await _add_announced(
        tx,
        [
            _announced(
                change,
                "catalogue",
                ServiceChanged(
                    public_service_id=change.public_service_id,
                    name=change.name,
                    open=change.open,
                    published=change.published,
                    adapter=change.ministry_adapter,
                    adapters=change.adapters,
                    own_passed=change.own_adapter_passed,
                ),
            )
            for change in changes
            if is_listed(change.public_service_id)
        ],
    )


async def record_connections(tx: Transaction, changes: Sequence[ConnectionChanged]) -> None:
    """Record how ministries' systems are connected, and what their checks found."""
    await _add_announced(
        tx,
        [
            _announced(
                change,
                "ministries",
                ConnectionAnnounced(
                    adapter=change.adapter,
                    version=change.version,
                    checked_at=change.checked_at,
                    passed=change.passed,
                    despite=change.despite,
                    stopped=change.stopped,
                ),
            )
            for change in changes
        ],
    )


async def extend(tx: Transaction, act_id: UUID, extension: Extension) -> None:
    """Record until when two people have extended a step; the facts must be locked."""
    await queries.insert_extension(tx, act_id, extension)
    await queries.raise_version(tx)


async def note_decided(tx: Transaction, days: Collection[tuple[str, date]]) -> None:
    """Note on which days an application for a public service was decided; a repeat adds nothing."""
    if days and await queries.insert_decided_days(tx, sorted(days)):
        await queries.lock_version(tx)
        await queries.raise_version(tx)


async def read_states(tx: Transaction, overview: Overview, today: date) -> Mapping[str, BodyState]:
    """Read the state of every body on a day, by id."""
    return await overview.states(tx, today)


async def read_service_names(
    tx: Transaction, overview: Overview, today: date
) -> Mapping[str, Text]:
    """Read the names of the public services of all bodies on a day, by id."""
    states = await overview.states(tx, today)
    return {
        service.public_service_id: service.name
        for state in states.values()
        for service in state.services
    }


def _announced(
    change: PublicServiceChanged | ConnectionChanged, service: str, content: FactContent
) -> Fact:
    """Return the fact that an event of another service is."""
    return Fact(
        fact_id=derived_id(NAMESPACE, f"fact/{change.event_id}"),
        body=change.ministry,
        day=dhaka_date(change.occurred_at),
        happened_at=change.occurred_at,
        content=content,
        evidence=f"event {change.event_id}",
        recorded_by=service,
        recorded_at=change.occurred_at,
    )


async def _add_announced(tx: Transaction, facts: Sequence[Fact]) -> None:
    await queries.lock_version(tx)
    await _add(tx, facts)


async def _add(tx: Transaction, facts: Sequence[Fact]) -> None:
    """Add facts; the version must be locked."""
    await queries.insert_facts(tx, facts)
    await queries.raise_version(tx)
