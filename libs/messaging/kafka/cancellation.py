"""Turns a CancelledError of aiokafka into an error where no task was cancelled (decision 52).

A consumer that stops waits for fetches that it has cancelled itself. A fetch that had just failed,
as with a broker away, ends cancelled: the waiting task ends cancelled too, and the connections stay
open. A task group takes a cancelled task for a wanted end and raises nothing.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from libs.component import is_cancelled


@contextmanager
def failing_if_unasked() -> Iterator[None]:
    """Raise KafkaError in place of a CancelledError if the current task was not cancelled.

    Raises:
        CancelledError: somebody cancelled it.
        KafkaError: aiokafka raised one by itself.
    """
    try:
        yield
    except asyncio.CancelledError as failure:
        if is_cancelled():
            raise
        raise KafkaError("cancelled by aiokafka itself") from failure


async def close_connections(consumer: AIOKafkaConsumer) -> None:
    """Close the connections that a consumer left open, and end its requests for metadata.

    The consumer has no public name for them, and its own `stop` does nothing the second time. Left
    open, it would go on asking for metadata every ten seconds, and so would each later one.
    """
    await consumer._client.close()  # noqa: SLF001
