"""Content is encrypted with a key per paper, which is stored wrapped by the service's key."""

import hmac
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FRAME_BYTES = 64 * 1024
_NONCE_BYTES, _TAG_BYTES = 12, 16
_SEALED_BYTES = _NONCE_BYTES + FRAME_BYTES + _TAG_BYTES


class ContentChanged(Exception):
    """Stored content was changed, cut off, or encrypted with another key."""


def derived_secret(secret: str, purpose: str) -> bytes:
    """Return 32 bytes for one purpose, so that one secret serves several."""
    return hmac.digest(secret.encode(), f"nagorik documents: {purpose}".encode(), sha256)


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """Wraps the keys of papers with AES-256-GCM.

    Args:
        keys: the first wraps, all unwrap.
    """

    keys: Sequence[bytes] = field(repr=False)

    @classmethod
    def of_secrets(cls, secrets_: Sequence[str]) -> "ServiceKeys":
        """Return the keys of several secrets, the newest first."""
        return cls([derived_secret(secret, "wrapping") for secret in secrets_])

    def new_key(self, context: str) -> tuple[bytes, bytes]:
        """Return a new key for one paper, plain and wrapped.

        Args:
            context: what the key is for; it is unwrapped for nothing else.
        """
        key = AESGCM.generate_key(256)
        return key, _seal(self.keys[0], key, context)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Return the plain key.

        Raises:
            ContentChanged: it was changed, or wrapped with none of these keys.
        """
        for key in self.keys:
            try:
                return _open(key, wrapped, context)
            except ContentChanged:
                continue
        raise ContentChanged(context)


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
    """Decrypt what `sealed` has made; nothing that fails its check is passed on.

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
