"""Kafka record headers as one column of a table."""

from collections.abc import Sequence
from typing import Any

import orjson

Headers = Sequence[tuple[str, bytes]]
"""Names and values. Kafka allows a header without a value, which is None at run time."""


def pack_headers(headers: Headers) -> bytes:
    """Write headers as JSON, with the bytes of a value as Latin-1 characters."""
    return orjson.dumps(
        [[name, None if value is None else value.decode("latin-1")] for name, value in headers]
    )


def unpack_headers(packed: bytes) -> list[tuple[str, bytes]]:
    """Read headers of `pack_headers`; the bytes are unchanged."""
    rows: list[tuple[str, str | None]] = orjson.loads(packed)
    return [(name, _bytes_of(value)) for name, value in rows]


def _bytes_of(text: str | None) -> Any:
    return None if text is None else text.encode("latin-1")
