"""Writes a record whose header name is not UTF-8, as a client in another language can.

aiokafka can only in pure Python, which is chosen per process: run with `AIOKAFKA_NO_EXTENSIONS=1`,
and on standard input JSON of the client's options, topic and partition. It answers the offset.
"""

import asyncio
import json
import sys
from typing import Any

from aiokafka import AIOKafkaProducer
from typing_extensions import override


class NotUtf8(str):
    """A header name of bytes that are no UTF-8."""

    __slots__ = ()

    @override
    def encode(self, *_: Any, **__: Any) -> bytes:
        return b"\xff\xfe"


async def main() -> None:
    """Write one record."""
    asked = json.load(sys.stdin)
    async with AIOKafkaProducer(**asked["client"], acks="all") as producer:
        written = await producer.send_and_wait(
            asked["topic"],
            b"{}",
            key=b"k",
            partition=asked["partition"],
            headers=[(NotUtf8("x"), b"y")],
        )
    json.dump(written.offset, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
