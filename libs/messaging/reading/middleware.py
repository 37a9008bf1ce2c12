"""FastStream middleware: a handler runs in one transaction with inbox, outbox and dead letters."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from copy import copy
from typing import Annotated, Any, TypeAlias

import structlog
from aiokafka import TopicPartition
from faststream import BaseMiddleware, Depends
from faststream.exceptions import NackMessage
from faststream.message import StreamMessage
from faststream.response import PublishCommand
from typing_extensions import override

from libs.component import pause
from libs.contracts.events import Event
from libs.database.transaction import Transaction
from libs.errors import Unavailable
from libs.messaging.reading.batch import Batch
from libs.messaging.reading.behind import DatabaseBehind
from libs.messaging.reading.holds import Hold
from libs.messaging.reading.subscription import BatchMessage, Subscription
from libs.messaging.writing import outbox

log = structlog.get_logger()

_transaction: ContextVar[Transaction] = ContextVar("nagorik_transaction")


async def _open_transaction() -> Transaction:
    return _transaction.get()


# The open transaction, in a handler's signature. FastStream's own `Context` resolves to the same,
# but through a thread for every call.
Tx: TypeAlias = Annotated[Transaction, Depends(_open_transaction, cast=False)]


class BatchMiddleware(BaseMiddleware):
    """Calls a handler with the new events of a batch, and writes returned events to the outbox."""

    @override
    async def consume_scope(self, call_next: Any, msg: StreamMessage[Any]) -> Any:
        """Handle a batch, and acknowledge it before the next batch or a rebalance begins.

        FastStream publishes returned events after this scope, when the transaction has committed.
        So they are written to the outbox here.

        Raises:
            NackMessage: the batch cannot be handled now, and must be read again.
        """
        if not isinstance(msg, BatchMessage):
            return await call_next(msg)

        async def handler(batch: Batch[Any], tx: Transaction) -> Sequence[Event]:
            part = copy(msg)
            part.set_decoder(_decoded_as(batch))
            token = _transaction.set(tx)
            try:
                returned = await call_next(part)  # house: nothing-outside-in-transaction (its own)
                return await add_returned(tx, returned)
            finally:
                _transaction.reset(token)

        async with msg.subscription.busy:
            msg.hold(await _handle(msg.subscription, await msg.decode(), handler))
            await msg.ack()
        return None

    @override
    async def publish_scope(self, call_next: Any, cmd: PublishCommand) -> Any:
        """Write events that a handler publishes itself to the outbox of its transaction.

        The relay publishes them. The empty body that FastStream makes for a handler without result
        is dropped.

        Raises:
            TypeError: the handler publishes something other than events.
        """
        bodies = [body for body in cmd.batch_bodies if body]
        if not all(isinstance(body, Event) for body in bodies):
            raise TypeError("only events are published")
        if bodies:
            await outbox.add(_transaction.get(), bodies)


async def add_returned(tx: Transaction, events: Sequence[Event] | None) -> Sequence[Event]:
    """Write the events that a handler returned to the outbox, and return them."""
    if events:
        await outbox.add(tx, events)
    return events or ()


async def _handle(
    subscription: Subscription, received: Any, handler: Any
) -> Mapping[TopicPartition, Hold]:
    """Handle a batch; return the partitions that are held.

    Raises:
        NackMessage: the batch cannot be handled now.
    """
    if subscription.stop.is_set():
        raise NackMessage
    try:
        held = await subscription.transactions.handle(received, handler)
    except Unavailable as failure:
        subscription.must_rejoin = isinstance(failure, DatabaseBehind)
        subscription.waits(f"waits for {failure.dependency}")
        log.warning("partition waits", component=subscription.name, dependency=failure.dependency)
        await pause(subscription.stop, subscription.backoff.next_s())
        raise NackMessage from failure
    except Exception as failure:  # FastStream would skip the batch
        subscription.waits("a batch cannot be handled")
        log.exception("batch cannot be handled", component=subscription.name)
        await pause(subscription.stop, subscription.backoff.next_s())
        raise NackMessage from failure
    subscription.handled()
    return held


def _decoded_as(batch: Batch[Any]) -> Any:
    async def decode(_: StreamMessage[Any]) -> Batch[Any]:
        return batch

    return decode
