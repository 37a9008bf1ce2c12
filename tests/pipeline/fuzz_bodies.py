"""Bodies of a media type that the fuzzer does not know; it loads this file."""

from typing import Any

import schemathesis


@schemathesis.serializer("application/offset+octet-stream")
def as_it_is(_: Any, value: Any) -> bytes:
    """Send bytes, and anything else as text."""
    return value if isinstance(value, bytes) else str(value).encode()
