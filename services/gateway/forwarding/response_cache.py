"""A cache of responses for all callers, valid for some seconds or until the catalogue changes."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from services.gateway.upstream import UpstreamResponse

_MAX_ENTRIES = 1_000
_LONGEST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Entry:
    response: UpstreamResponse
    expires_at_s: float


class ResponseCache:
    """A small cache of responses.

    Args:
        ttl_s: seconds for which a response is valid.
        clock: seconds on a monotonic clock.
        max_entries: most responses in the cache.
    """

    def __init__(
        self, ttl_s: float, clock: Callable[[], float], *, max_entries: int = _MAX_ENTRIES
    ) -> None:
        self._ttl_s = ttl_s
        self._clock = clock
        self._max_entries = max_entries
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self.version = 0

    def get(self, key: str) -> UpstreamResponse | None:
        """Return the valid response of a key, or None."""
        entry = self._entries.get(key)
        if entry is None or entry.expires_at_s <= self._clock():
            return None
        return entry.response

    def put(self, key: str, response: UpstreamResponse, version: int) -> None:
        """Store a response, unless the catalogue has changed since the request.

        Args:
            key: identifies the request.
            response: only one with status 200 and at most 256 KiB is stored.
            version: `version` as it was before the request.
        """
        is_stale = version != self.version
        if is_stale or response.status != 200 or len(response.body) > _LONGEST_BYTES:
            return
        self._entries[key] = _Entry(response, self._clock() + self._ttl_s)
        self._entries.move_to_end(key)
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        """Remove all responses."""
        self._entries.clear()
        self.version += 1
