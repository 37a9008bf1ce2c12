"""The newest spans of all services, by trace, in memory."""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
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
        self._linked_from: dict[str, dict[str, None]] = {}
        self._links_of: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._arrivals)

    def keep(self, trace_id: str, span: StoredSpan, links: Iterable[str] = ()) -> None:
        """Store a span; its trace becomes the newest.

        Args:
            trace_id: of its trace.
            span: the span.
            links: ids of other traces that it links to.
        """
        with self._lock:
            for linked in links:
                self._linked_from.setdefault(linked, {})[trace_id] = None
                self._links_of.setdefault(trace_id, set()).add(linked)
            self._traces.setdefault(trace_id, deque()).append(span)
            self._traces.move_to_end(trace_id)
            self._arrivals.append(trace_id)
            while len(self._arrivals) > self._most:
                self._drop(self._arrivals.popleft())

    def of_trace(self, trace_id: str) -> list[StoredSpan]:
        """Return the stored spans of one trace, in order of arrival."""
        with self._lock:
            return list(self._traces.get(trace_id, ()))

    def linked_from(self, trace_id: str) -> list[str]:
        """Return the traces with a span that links to this one, the oldest first."""
        with self._lock:
            return list(self._linked_from.get(trace_id, ()))

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
            for linked in self._links_of.pop(trace_id, ()):
                del self._linked_from[linked][trace_id]
                if not self._linked_from[linked]:
                    del self._linked_from[linked]
