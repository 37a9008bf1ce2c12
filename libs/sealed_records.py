"""Encryption of records while they are rows: in the outbox, set aside, or as dead letters.

A value is bound to its topic, key and headers, which stay readable and name the event.
"""

from typing import Protocol

from libs.contracts.topics import is_known, purpose_in_database
from libs.encryption import Cipher, is_sealed


class HasCipher(Protocol):
    """A database or a transaction; one of a service without personal data has no cipher."""

    @property
    def cipher(self) -> Cipher:
        """Encrypts and decrypts; LookupError if there is none."""


def seal_record(
    of: HasCipher, topic: str, key: bytes | None, value: bytes | None, headers: bytes
) -> bytes | None:
    """Encrypt the value of a personal record; others stay as they are.

    Args:
        of: the transaction that stores it.
        topic: on the broker.
        key: of the record.
        value: of the record.
        headers: packed, as they are stored beside it.
    """
    purpose = purpose_in_database(topic)
    if purpose is None or value is None:
        return value
    return of.cipher.encrypt(value, _place(topic, key, headers), purpose)


def open_record(
    of: HasCipher, topic: str, key: bytes | None, value: bytes | None, headers: bytes
) -> bytes | None:
    """Decrypt a value of `seal_record`.

    While processes are replaced, a relay may be of the release before and not know the topic. Then
    the value says itself whether the writer encrypted it.

    Raises:
        Forged: it was changed, or belongs to another record.
        UnknownDataKey: its data key is not in memory.
    """
    if purpose_in_database(topic) is None or value is None:
        return value
    if not is_known(topic) and not is_sealed(value):
        return value
    return of.cipher.decrypt(value, _place(topic, key, headers))


def _place(topic: str, key: bytes | None, headers: bytes) -> bytes:
    return b"\0".join((b"record", topic.encode(), key or b"", headers))
