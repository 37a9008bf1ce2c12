"""One trace as it was exported."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson


@dataclass(frozen=True, slots=True)
class Trace:
    """All spans of one trace."""

    trace_id: str
    spans: Sequence[dict[str, Any]]

    @property
    def services(self) -> list[str]:
        """The names of the services in the trace, sorted."""
        return sorted({span["service"] for span in self.spans})

    @property
    def orphans(self) -> int:
        """The number of spans whose parent is missing."""
        span_ids = {span["span_id"] for span in self.spans}
        return sum(
            bool(span["parent_span_id"]) and span["parent_span_id"] not in span_ids
            for span in self.spans
        )

    def is_whole(self, services: Collection[str]) -> bool:
        """Whether all these services have a span, and no span lacks its parent."""
        return set(services) <= set(self.services) and self.orphans == 0


async def fetch_trace(http: aiohttp.ClientSession, url: str, trace_id: str) -> Trace:
    """Read the spans of a trace from the sandbox; there are none while it is unreachable.

    Args:
        http: the client.
        url: base URL of the sandbox.
        trace_id: 32 hex digits.
    """
    try:
        async with http.get(f"{url}/traces/{trace_id}") as response:
            content = await response.read()
    except (aiohttp.ClientError, TimeoutError):
        return Trace(trace_id, [])
    spans = orjson.loads(content).get("spans", []) if response.status == 200 else []
    return Trace(trace_id, sorted(spans, key=lambda span: span["start_unix_ns"]))
