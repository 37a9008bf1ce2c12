"""The facts and what follows from them, in memory until they change."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from libs.bangladesh.calendar import Calendar
from libs.database.transaction import Transaction
from services.programme.bodies import queries, rules
from services.programme.bodies.facts import Extension, Fact
from services.programme.bodies.rules import BodyState
from services.programme.calendar import use_cases as calendars


class Overview:
    """All facts, and the states of a day; read again only where something of them changed.

    Facts are never changed, and are visible in the order of their numbers, so what was read stays.
    """

    def __init__(self) -> None:
        self._facts: dict[UUID, Fact] = {}
        self._decided: Mapping[str, Collection[date]] = {}
        self._extensions: Sequence[Extension] = ()
        self._version: int | None = None
        self._number = 0
        self._states: tuple[date, Calendar, Mapping[str, BodyState]] | None = None

    async def facts(self, tx: Transaction) -> Mapping[UUID, Fact]:
        """Return all facts by id."""
        version = await queries.read_version(tx)
        if version != self._version:
            added, number = await queries.read_facts(tx, after=self._number)
            self._facts |= {fact.fact_id: fact for fact in added}
            self._number = max(self._number, number)
            self._decided = await queries.read_decided_days(tx)
            self._extensions = await queries.read_extensions(tx)
            self._version, self._states = version, None
        return self._facts

    async def states(self, tx: Transaction, today: date) -> Mapping[str, BodyState]:
        """Return the state of every body on a day, by id."""
        facts = await self.facts(tx)
        calendar = await calendars.read_calendar(tx)
        before = self._states
        if before is not None and before[0] == today and before[1] is calendar:
            return before[2]
        states = rules.states_of(facts.values(), self._decided, today, calendar, self._extensions)
        self._states = (today, calendar, states)
        return states
