"""Dead letters are given their effect after all: same inbox, same handler, same outbox.

Each in a transaction of its own, which settles it too, so that a replay that is cut off or run
twice does nothing twice. Records that wait behind a settled one follow at once, in order. A due row
is made due at once, as if never tried, and its worker calls again under the same idempotency key.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from libs.contracts.events import Event
from libs.contracts.topics import Topic, topics_by_name
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable, Unreadable
from libs.messaging import inbox, journal, keptletter, unsettled
from libs.messaging.batch import Batch
from libs.messaging.deadletter import DeadLetter
from libs.messaging.envelope import decode, event_key
from libs.messaging.failedrow import ByHand, FailedRow
from libs.messaging.handle import Handler
from libs.messaging.journal import By
from libs.messaging.keptletter import KeptLetter
from libs.messaging.unsettled import EVERY, Wanted
from libs.telemetry.tracing import Tracing

REPLAYED = "replayed"
RESENT = "resent"

log = structlog.get_logger()


@dataclass(slots=True)
class Replayed:
    """What became of a replay.

    Args:
        settled: ids of the letters that had their effect or are due again, in order.
        failed: reason by id of those that failed again.
        waiting: ids of those that must not overtake an earlier one of their key.
    """

    settled: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)


class Replay:
    """Replays the dead letters of one service.

    Args:
        database: the service's own.
        handlers: its function for each topic that it hears.
        by_hand: what can be done with the rows of each of its workers.
        tracing: makes a span per sampled record.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[Topic, Handler],
        by_hand: Mapping[str, ByHand],
        *,
        tracing: Tracing,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._by_hand = by_hand
        self._tracing = tracing

    async def run(
        self, wanted: Wanted = EVERY, *, by: By | None = None, limit: int = 1000
    ) -> Replayed:
        """Replay what waits, in order, and whatever waits behind it.

        Args:
            wanted: which.
            by: whose hand it is, for the journal.
            limit: most letters to begin with.

        Raises:
            Unavailable: our own database is away; what was settled before stays so.
        """
        async with self._database.transaction() as tx:
            queue = deque(await unsettled.choose(tx, wanted, limit=limit))
            if by is not None:
                await journal.write(tx, by, "replay", list(queue))
        report = Replayed()
        while queue:
            queue.extendleft(reversed(await self._one(queue.popleft(), report)))
        report.waiting = [each for each in report.waiting if each not in report.settled]
        return report

    async def _one(self, dead_letter_id: int, report: Replayed) -> Sequence[int]:
        """Replay one letter; return the ids of those that it held back and may follow now.

        Raises:
            Unavailable: our own database is away.
        """
        if dead_letter_id in report.failed:
            return ()
        kept: KeptLetter | None = None
        try:
            async with self._database.transaction() as tx:
                kept = await keptletter.lock_one(tx, dead_letter_id)
                if kept is None:
                    return ()
                if isinstance(kept.letter, FailedRow):
                    refused, followers = await self._resend(tx, kept, kept.letter), []
                elif await unsettled.is_held(tx, kept.letter):
                    report.waiting.append(dead_letter_id)
                    return ()
                else:
                    refused = await self._handle(tx, kept.letter)
                    followers = await self._close(tx, kept, kept.letter, refused)
        except Unavailable:
            raise
        except Exception as failure:  # noqa: BLE001 house: broad-except
            report.failed[dead_letter_id] = await self._note(dead_letter_id, kept, failure)
            return ()
        if refused is None:
            report.settled.append(dead_letter_id)
        else:
            report.failed[dead_letter_id] = f"refused.{refused.code}"
        return followers

    async def _resend(self, tx: Transaction, kept: KeptLetter, row: FailedRow) -> Refused | None:
        """Make a row due again; return why it cannot be."""
        hand = self._by_hand.get(row.worker)
        if hand is None or row.row_key not in await hand.resend(tx, [row.row_key]):
            return Refused("cannot_be_resent", "the row is gone, or worth nothing by now")
        await keptletter.settle(tx, [kept.dead_letter_id], how=RESENT)
        return None

    async def _handle(self, tx: Transaction, letter: DeadLetter) -> Refused | None:
        """Give a record its effect, unless it had it already; return why it was refused.

        Raises:
            Unreadable: the service does not hear the topic, or cannot read the record.
        """
        topic = topics_by_name().get(letter.origin.topic)
        if topic is None or topic not in self._handlers:
            raise Unreadable("unheard_topic", "this service does not hear the topic any more")
        key = event_key(letter.origin.topic, letter.headers)
        event = decode(topic, letter.origin.topic, letter.headers, letter.value)
        if letter.reason.startswith("refused."):
            await inbox.clear(tx, key)
        if not await inbox.take_new(tx, [key]):
            return None
        batch: Batch[Any] = Batch([event])
        await self._in_trace(topic, batch, event, tx)
        return batch.refused[0][1] if batch.refused else None

    async def _in_trace(
        self, topic: Topic, batch: Batch[Any], event: Event, tx: Transaction
    ) -> None:
        if event.trace is None:
            await self._handlers[topic](batch, tx)
            return
        with self._tracing.span(
            f"replay {topic.name}",
            parent=event.trace,
            kind="consumer",
            attributes={"messaging.message.id": str(event.event_id)},
        ) as trace:
            event.in_trace(trace)
            await self._handlers[topic](batch, tx)

    async def _close(
        self, tx: Transaction, kept: KeptLetter, letter: DeadLetter, refused: Refused | None
    ) -> list[int]:
        """Settle a letter, or note the refusal; neither holds anyone back any more."""
        if refused is None:
            await keptletter.settle(tx, [kept.dead_letter_id], how=REPLAYED)
        else:
            await keptletter.note_attempt(
                tx,
                kept.dead_letter_id,
                reason=f"refused.{refused.code}",
                detail=refused.detail,
                holds_back=False,
            )
        return await unsettled.behind(tx, letter)

    async def _note(self, dead_letter_id: int, kept: KeptLetter | None, failure: Exception) -> str:
        """Write down why a letter failed again; it goes on holding back what it held."""
        reason, detail = f"defect.{type(failure).__name__}", "the handler failed"
        if isinstance(failure, Unreadable):
            reason, detail = f"unreadable.{failure.reason}", failure.detail
        else:
            log.error("replay failed", dead_letter_id=dead_letter_id, exc_info=failure)
        async with self._database.transaction() as tx:
            await keptletter.note_attempt(
                tx,
                dead_letter_id,
                reason=reason,
                detail=detail,
                holds_back=kept.letter.holds_back if kept else True,
            )
        return reason
