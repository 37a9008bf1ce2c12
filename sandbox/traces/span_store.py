"""The newest spans of all services, by trace, in memory."""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice


@dataclass(frozen=True, slots=True)
class StoredSpan:
    """One encoded span, and the service that made it.

    Encoded, 200,000 spans take 70 MB; as objects they take several times that.
    """

    service: str
    encoded: bytes


class SpanStore:
    """Stores the newest spans; used by the event loop and by an exporter's thread.

    Args:
        most: most spans in memory.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._traces: OrderedDict[str, deque[StoredSpan]] = OrderedDict()
        self._arrivals: deque[str] = deque()

    def __len__(self) -> int:
        return len(self._arrivals)

    def keep(self, trace_id: str, span: StoredSpan) -> None:
        """Store a span; its trace becomes the newest."""
        with self._lock:
            self._traces.setdefault(trace_id, deque()).append(span)
            self._traces.move_to_end(trace_id)
            self._arrivals.append(trace_id)
            while len(self._arrivals) > self._most:
                self._drop(self._arrivals.popleft())

    def of_trace(self, trace_id: str) -> list[StoredSpan]:
        """Return the stored spans of one trace, in order of arrival."""
        with self._lock:
            return list(self._traces.get(trace_id, ()))

    def newest(self, *, service: str | None, limit: int) -> list[str]:
        """Return ids of traces, the newest first; with `service`, only traces with a span of it."""
        with self._lock:
            return list(islice(self._newest_first(service), limit))

    def _newest_first(self, service: str | None) -> Iterator[str]:
        for trace_id in reversed(self._traces):
            spans = self._traces[trace_id]
            if service is None or any(span.service == service for span in spans):
                yield trace_id

    def _drop(self, trace_id: str) -> None:
        spans = self._traces[trace_id]
        spans.popleft()
        if not spans:
            del self._traces[trace_id]
