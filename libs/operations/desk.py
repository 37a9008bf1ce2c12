"""What operators may do with the dead letters of one service, by command and over the API alike."""

from collections.abc import Mapping, Sequence

from libs.contracts.operations import DeadLetterContent, DeadLetterView, Header
from libs.contracts.topics import Topic
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging import journal, keptletter, unsettled
from libs.messaging.failedrow import ByHand, FailedRow
from libs.messaging.handle import Handler
from libs.messaging.journal import By, Entry
from libs.messaging.replay import Replay, Replayed
from libs.messaging.unsettled import EVERY, Listed, Wanted
from libs.telemetry.tracing import Tracing
from libs.trace_context import read_text

SETTLED_BY_HAND = "settled by hand"


class Desk:
    """The dead letters of one service.

    Args:
        service: its name.
        database: its own.
        handlers: its function for each topic that it hears.
        by_hand: what can be done with the rows of each of its workers.
        tracing: places replays in their traces.
    """

    def __init__(
        self,
        service: str,
        database: Database,
        handlers: Mapping[Topic, Handler],
        by_hand: Mapping[str, ByHand],
        *,
        tracing: Tracing,
    ) -> None:
        self.service = service
        self._database = database
        self._by_hand = by_hand
        self._replay = Replay(database, handlers, by_hand, tracing=tracing)

    async def listed(
        self, wanted: Wanted = EVERY, *, after: int = 0, limit: int
    ) -> list[DeadLetterView]:
        """List what waits: ids and reasons, never content."""
        async with self._database.transaction() as tx:
            found = await unsettled.listed(tx, wanted, after=after, limit=limit)
        return [self._view(each) for each in found]

    async def one(self, dead_letter_id: int) -> DeadLetterView:
        """Show one without its content, settled or not."""
        async with self._database.transaction() as tx:
            return await self._found(tx, dead_letter_id)

    async def look(self, dead_letter_id: int, by: By) -> DeadLetterContent:
        """Show one in full; the look is in the journal before anything is given out."""
        async with self._database.transaction() as tx:
            view = await self._found(tx, dead_letter_id)
            await journal.write(tx, by, "look", [dead_letter_id])
            return await self._content(tx, view)

    async def replay(self, wanted: Wanted, by: By, *, limit: int) -> Replayed:
        """Give dead letters their effect after all, in order, and what waits behind them."""
        return await self._replay.run(wanted, by=by, limit=limit)

    async def settle(self, ids: Sequence[int], by: By) -> Replayed:
        """Close dead letters without their effect; return them and what followed."""
        report = Replayed()
        for dead_letter_id in dict.fromkeys(ids):
            async with self._database.transaction() as tx:
                followers = await self._close(tx, dead_letter_id, by)
            if followers is None:
                continue
            report.settled.append(dead_letter_id)
            behind = await self._replay.run(Wanted(ids=followers), limit=len(followers))
            report.settled += behind.settled
            report.failed |= behind.failed
            report.waiting += behind.waiting
        return report

    async def journal(self, *, before: int | None, limit: int) -> list[Entry]:
        """Read what was done with dead letters, the newest first."""
        async with self._database.transaction() as tx:
            return await journal.read(tx, before=before, limit=limit)

    async def _close(self, tx: Transaction, dead_letter_id: int, by: By) -> list[int] | None:
        """Settle one; return those that waited behind it, or None where it waits no more."""
        kept = await keptletter.lock_one(tx, dead_letter_id)
        if kept is None:
            return None
        await journal.write(tx, by, "settle", [dead_letter_id])
        await keptletter.settle(tx, [dead_letter_id], how=SETTLED_BY_HAND)
        if not isinstance(kept.letter, FailedRow):
            return await unsettled.behind(tx, kept.letter)
        if hand := self._by_hand.get(kept.letter.worker):
            await hand.close(tx, [kept.letter.row_key])
        return []

    async def _found(self, tx: Transaction, dead_letter_id: int) -> DeadLetterView:
        wanted = Wanted(ids=[dead_letter_id])
        found = await unsettled.listed(tx, wanted, limit=1, also_settled=True)
        if not found:
            raise Refused("dead_letter_unknown", str(dead_letter_id))
        return self._view(found[0])

    async def _content(self, tx: Transaction, view: DeadLetterView) -> DeadLetterContent:
        kept = await keptletter.read_one(tx, view.dead_letter_id)
        if kept is None:
            raise Refused("dead_letter_unknown", str(view.dead_letter_id))
        letter = kept.letter
        if isinstance(letter, FailedRow):
            hand = self._by_hand.get(letter.worker)
            row = await hand.show(tx, letter.row_key) if hand else None
            return DeadLetterContent(dead_letter=view, row=dict(row) if row else None)
        return DeadLetterContent(
            dead_letter=view,
            key=_text(letter.key),
            headers=[Header(name=name, value=_text(value)) for name, value in letter.headers],
            value=_text(letter.value),
        )

    def _view(self, listed: Listed) -> DeadLetterView:
        trace = read_text(listed.trace_context)
        return DeadLetterView(
            dead_letter_id=listed.dead_letter_id,
            service=self.service,
            topic=listed.topic,
            partition=listed.topic_partition,
            offset=listed.topic_offset,
            worker=listed.worker,
            party=listed.party,
            row_key=listed.row_key,
            reason=listed.reason,
            detail=listed.detail,
            attempts=listed.attempts,
            first_seen_at=listed.first_seen_at,
            last_seen_at=listed.last_seen_at,
            age_s=round(listed.age_s, 1),
            owner=listed.owner(self.service),
            trace_id=trace.trace_id if trace else None,
            holds_back=listed.holds_back,
            waiting_behind=listed.waiting_behind,
            settled_how=listed.settled_how,
        )


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "backslashreplace")
