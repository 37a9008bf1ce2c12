"""Bodies of a media type that the fuzzer does not know; it loads this file."""

from typing import Any

import schemathesis
from hypothesis import strategies as st

PIECE = "application/offset+octet-stream"

schemathesis.openapi.media_type(PIECE, st.binary(max_size=200))


@schemathesis.serializer(PIECE)
def as_it_is(_: Any, value: Any) -> bytes:
    """Send bytes, and anything else as text."""
    return value if isinstance(value, bytes) else str(value).encode()
