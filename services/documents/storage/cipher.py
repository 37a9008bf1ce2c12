"""Content is encrypted with a key per paper, which is stored encrypted in its row."""

import secrets
from collections.abc import AsyncIterable, AsyncIterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FRAME_BYTES = 64 * 1024
_NONCE_BYTES, _TAG_BYTES = 12, 16
_SEALED_BYTES = _NONCE_BYTES + FRAME_BYTES + _TAG_BYTES


class ContentChanged(Exception):
    """Stored content was changed, cut off, or encrypted with another key."""


def new_key() -> bytes:
    """Make the key of one paper, or of one upload."""
    return AESGCM.generate_key(256)


async def sealed(key: bytes, plain: AsyncIterable[bytes], context: str) -> AsyncIterator[bytes]:
    """Encrypt content in frames of 64 KiB, each bound to its place and the last one to the end.

    Args:
        key: of the paper.
        plain: pieces of any length.
        context: what the content is; another one cannot take its place.
    """
    number, held = 0, bytearray()
    async for piece in plain:
        held += piece
        while len(held) > FRAME_BYTES:
            yield _seal(key, bytes(held[:FRAME_BYTES]), _place(context, number))
            del held[:FRAME_BYTES]
            number += 1
    yield _seal(key, bytes(held), _place(context, number, last=True))


async def opened(key: bytes, stored: AsyncIterable[bytes], context: str) -> AsyncIterator[bytes]:
    """Decrypt the output of `sealed`; bytes that fail their check are not passed on.

    Raises:
        ContentChanged: it was changed or cut off.
    """
    number, held = 0, bytearray()
    async for piece in stored:
        held += piece
        while len(held) > _SEALED_BYTES:
            yield _open(key, bytes(held[:_SEALED_BYTES]), _place(context, number))
            del held[:_SEALED_BYTES]
            number += 1
    yield _open(key, bytes(held), _place(context, number, last=True))


def _place(context: str, number: int, *, last: bool = False) -> str:
    return f"{context} {number}{' last' if last else ''}"


def _seal(key: bytes, plain: bytes, context: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def _open(key: bytes, stored: bytes, context: str) -> bytes:
    nonce, ciphertext = stored[:_NONCE_BYTES], stored[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, context.encode())
    except (InvalidTag, ValueError):
        raise ContentChanged(context) from None
