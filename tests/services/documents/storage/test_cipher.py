from collections.abc import AsyncIterator

import pytest

from services.documents.storage.cipher import (
    FRAME_BYTES,
    ContentChanged,
    opened,
    sealed,
)

KEY = bytes(range(32))
FRAME = FRAME_BYTES + 28


async def pieces(content: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def seal(content: bytes, context: str = "a paper") -> bytes:
    return b"".join([each async for each in sealed(KEY, pieces(content), context)])


async def read(stored: bytes, context: str = "a paper", key: bytes = KEY) -> bytes:
    return b"".join([each async for each in opened(key, pieces(stored, 7_001), context)])


@pytest.mark.parametrize(
    "size", [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES]
)
async def test_content_comes_back(size: int) -> None:
    """Whatever its size, and however it is cut into pieces."""
    content = bytes(size)
    stored = await seal(content)
    assert await read(stored) == content
    assert size < FRAME_BYTES or content not in stored


async def test_changed_content_is_not_read() -> None:
    """A bit, an order, an end, another place or another key: each is found."""
    stored = await seal(bytes(3 * FRAME_BYTES))
    first, second = stored[:FRAME], stored[FRAME : 2 * FRAME]
    for wrong in (
        stored[:-1] + bytes([stored[-1] ^ 1]),
        second + first + stored[2 * FRAME :],
        stored[: 2 * FRAME],
        stored[:10],
        b"",
    ):
        with pytest.raises(ContentChanged):
            await read(wrong)
    with pytest.raises(ContentChanged):
        await read(stored, "another paper")
    with pytest.raises(ContentChanged):
        await read(stored, key=bytes(32))
