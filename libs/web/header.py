"""A header that a handler reads, as a route declares it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Header:
    """A header of the request: `Annotated[str | None, Header("Last-Event-ID", "…")]`.

    Args:
        name: of the header.
        description: for the API document.
        schema: what the handler accepts, for the API document.
        required: whether the handler refuses a request without it, for the API document.
    """

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False
