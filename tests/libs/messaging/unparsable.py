"""Writes records that our client cannot parse, as a client in another language can.

Either one record whose header name is not UTF-8, or a compressed batch. aiokafka writes them only
in pure Python, which is chosen per process: run with `AIOKAFKA_NO_EXTENSIONS=1`, and on standard
input JSON of the client's options, topic and partition, and of a batch its compression, how many
records it has and of how many zeros. It answers the first offset.
"""

import asyncio
import json
import sys
from types import SimpleNamespace
from typing import Any

from aiokafka import AIOKafkaProducer, codec
from typing_extensions import override


class NotUtf8(str):
    """A header name of bytes that are no UTF-8."""

    __slots__ = ()

    @override
    def encode(self, *_: Any, **__: Any) -> bytes:
        return b"\xff\xfe"


class Zstd:
    """Writes frames of RFC 8878 whose blocks are raw, or one byte and how often it stands there."""

    @staticmethod
    def compress(payload: bytes, **_: int) -> bytes:
        length = 2**17 if len(payload) > 2**21 else 64
        blocks = [bytes(payload[at : at + length]) for at in range(0, len(payload), length)]
        frame = bytearray(b"\x28\xb5\x2f\xfd\x00\x50")
        for number, block in enumerate(blocks, 1):
            is_run = len(set(block)) == 1
            header = (number == len(blocks)) | is_run << 1 | len(block) << 3
            frame += header.to_bytes(3, "little") + (block[:1] if is_run else block)
        return bytes(frame)


async def write_compressed(asked: Any) -> None:
    """Write one compressed batch."""
    codec.cramjam = SimpleNamespace(zstd=Zstd)  # this process is not ours
    options = {**asked["client"], "compression_type": asked["by"], "max_batch_size": 2**28}
    async with AIOKafkaProducer(**options, acks="all", max_request_size=2**28) as producer:
        batch = producer.create_batch()
        for _ in range(asked["records"]):
            batch.append(key=b"k", value=bytes(asked["zeros"]), timestamp=None)
        sent = await producer.send_batch(batch, asked["topic"], partition=asked["partition"])
        json.dump((await sent).offset, sys.stdout)


async def main() -> None:
    """Write what is asked for."""
    asked = json.load(sys.stdin)
    if "records" in asked:
        await write_compressed(asked)
        return
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
