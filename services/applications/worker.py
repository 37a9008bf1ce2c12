"""What happens by itself: offers are read anew, time runs over, delays are told, answers go."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from libs.bangladesh.calendar import dhaka_date
from libs.component import ComponentHealth
from libs.contracts.events import Event
from libs.contracts.ministries import MinistryUnreachable
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.ids import derived_id
from libs.messaging import outbox
from libs.messaging.heldup import HeldUp
from libs.messaging.retry import Backoff
from libs.web import idempotency
from services.applications.domain import life
from services.applications.domain.lodging import run_over
from services.applications.domain.offers import OFFERS_CHANGED, OfferBook
from services.applications.domain.timeline import entries_of
from services.applications.store import cases, public_services, story

log = structlog.get_logger()


class Repeating:
    """Does one thing now, then every so often, and at once when woken; a part.

    Args:
        name: the part's name.
        every_s: seconds between two rounds.
        act: one round; while our database is away it is tried again after a moment.
    """

    def __init__(self, name: str, every_s: float, act: Callable[[], Awaitable[None]]) -> None:
        self.name = name
        self._every_s = every_s
        self._act = act
        self._woken = asyncio.Event()
        self._backoff = Backoff()
        self._health = ComponentHealth(ready=False, detail="not yet done")

    def wake(self) -> None:
        """Begin the next round without waiting."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Go round until told to stop; a round in hand is finished."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake_at(stop))
            while not stop.is_set():
                self._woken.clear()
                await self._pause(await self._round())

    def health(self) -> ComponentHealth:
        """Ready when the last round was done."""
        return self._health

    async def _round(self) -> float:
        """Do one round; return in how many seconds the next one is due."""
        try:
            await self._act()
        except Unavailable as failure:
            self._health = ComponentHealth(ready=False, detail=str(failure))
            log.warning("round not done", part=self.name, dependency=failure.dependency)
            return min(self._every_s, self._backoff.next_s())
        self._health, self._backoff = ComponentHealth(), Backoff()
        return self._every_s

    async def _pause(self, rest_s: float) -> None:
        try:
            async with asyncio.timeout(rest_s):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._woken.set()


class OfferReader:
    """Keeps the offers in memory like the copy of the catalogue in the database.

    Any replica may have written the copy; another one's change is seen within a round.

    Args:
        database: the service's own.
        book: the offers in memory.
    """

    def __init__(self, database: Database, book: OfferBook) -> None:
        self._database = database
        self._book = book

    async def read(self) -> None:
        """Read what has changed since the last round.

        Raises:
            Unavailable: nothing has come from the catalogue yet, so nobody can apply.
        """
        async with self._database.transaction() as tx:
            told = await public_services.public_service_versions(tx)
            known = self._book.versions()
            changed = [key for key, event_id in told.items() if known.get(key) != event_id]
            if changed:
                self._book.put(await public_services.read_public_services(tx, changed))
        if not told:
            raise Unavailable("catalogue", "no public service has been told yet")

    def part(self, every_s: float) -> Repeating:
        """Make the part that reads every so often, and at once after a change in this process."""
        part = Repeating("offers", every_s, self.read)
        self._database.on_notification(OFFERS_CHANGED, part.wake)
        return part


class OverdueMarker:
    """Marks applications whose ministry's time is over, and tells so once per due date.

    Args:
        database: the service's own.
        clock: tells the time.
        limit: most applications of one transaction.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime], *, limit: int) -> None:
        self._database = database
        self._clock = clock
        self._limit = limit

    async def mark(self) -> None:
        """Mark all that have run over by today's date in Dhaka, batch after batch."""
        while await self._mark_batch() == self._limit:
            continue

    async def _mark_batch(self) -> int:
        today = dhaka_date(self._clock())
        async with self._database.transaction() as tx:
            overdue = await cases.mark_overdue(tx, today, self._limit)
            told: list[Event] = [run_over(each, each.due_on) for each in overdue if each.due_on]
            await story.insert_entries(tx, entries_of(told))
            await outbox.add(tx, told)
        return len(overdue)


async def tell_held_up(tx: Transaction, held: Sequence[HeldUp]) -> None:
    """Tell citizens whose ministry's word we could not process; who was told of a delay is not."""
    applications = await cases.lock_applications(tx, {each.application_id for each in held})
    told: list[Event] = []
    for each in held:
        known = applications.get(each.application_id)
        if known is None:
            continue
        event = MinistryUnreachable(
            event_id=derived_id(each.application_id, f"held up by {each.dead_letter_id}"),
            application_id=each.application_id,
            ministry=known.ministry,
            cause="platform",
        ).in_trace(each.trace)
        applications[each.application_id], news = life.hear_ministry(known, event)
        told += news
    await story.insert_entries(tx, entries_of(told))
    await outbox.add(tx, told)
    await cases.save_applications(tx, list(applications.values()))


class AnswerForgetter:
    """Forgets first answers that no click repeats any more.

    Args:
        database: the service's own.
        clock: tells the time.
        kept_days: days for which a repeat is recognised.
    """

    def __init__(
        self, database: Database, clock: Callable[[], datetime], *, kept_days: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._kept_days = kept_days

    async def forget(self) -> None:
        """Forget the oldest answers, a bounded number per round."""
        before = self._clock() - timedelta(days=self._kept_days)
        async with self._database.transaction() as tx:
            await idempotency.forget_before(tx, before)
