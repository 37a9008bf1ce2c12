"""The newest spans of all services, found by their trace; in memory only."""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice


@dataclass(frozen=True, slots=True)
class StoredSpan:
    """One span as it came over the wire, and the service that made it.

    Kept encoded: 200,000 spans are 70 MB this way, and several times that as objects.
    """

    service: str
    encoded: bytes


class SpanStore:
    """Keeps so many spans and lets go of the oldest; used by the event loop and by an exporter.

    Args:
        most: how many spans are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._traces: OrderedDict[str, deque[StoredSpan]] = OrderedDict()
        self._arrivals: deque[str] = deque()

    def __len__(self) -> int:
        return len(self._arrivals)

    def keep(self, trace_id: str, span: StoredSpan) -> None:
        """Keep a span; its trace is the newest now."""
        with self._lock:
            self._traces.setdefault(trace_id, deque()).append(span)
            self._traces.move_to_end(trace_id)
            self._arrivals.append(trace_id)
            while len(self._arrivals) > self._most:
                self._let_go(self._arrivals.popleft())

    def of_trace(self, trace_id: str) -> list[StoredSpan]:
        """Return the spans kept of one trace, in the order in which they came."""
        with self._lock:
            return list(self._traces.get(trace_id, ()))

    def newest(self, *, service: str | None, limit: int) -> list[str]:
        """Return ids of traces, the newest first; with a service, only traces it has a part in."""
        with self._lock:
            return list(islice(self._newest_first(service), limit))

    def _newest_first(self, service: str | None) -> Iterator[str]:
        for trace_id in reversed(self._traces):
            spans = self._traces[trace_id]
            if service is None or any(span.service == service for span in spans):
                yield trace_id

    def _let_go(self, trace_id: str) -> None:
        spans = self._traces[trace_id]
        spans.popleft()
        if not spans:
            del self._traces[trace_id]
