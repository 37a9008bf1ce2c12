"""What a caller leaves us to call back with: an address, and the trace to go on in."""

from functools import lru_cache
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from libs.trace_context import current_context


@lru_cache(maxsize=1024)
def _callable(url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname or parts.port == 0 or not url.isascii():
        raise ValueError("not an address that can be called")
    return url


CallbackUrl: TypeAlias = Annotated[
    str, Field(pattern="^https?://", max_length=500), AfterValidator(_callable)
]
"""An absolute http or https address."""


def current_trace() -> str:
    """The trace of the work in hand as one text; empty outside of any."""
    context = current_context()
    return context.text() if context else ""
