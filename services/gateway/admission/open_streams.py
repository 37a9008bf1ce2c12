"""Counts the open uploads and downloads of a citizen."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from libs.errors import Refused
from libs.telemetry.metrics import Metrics

_RETRY_AFTER_S = 1.0


class OpenStreams:
    """Counts uploads and downloads from their beginning to their last byte, in this process.

    Args:
        per_caller: most of one citizen.
        metrics: counts refused ones.
    """

    def __init__(self, per_caller: int, metrics: Metrics) -> None:
        self._per_caller = per_caller
        self._metrics = metrics
        self._open: Counter[UUID] = Counter()

    @contextmanager
    def place(self, citizen_id: UUID | None) -> Iterator[None]:
        """Hold a place of a citizen while the context is open; without a citizen none is needed.

        Raises:
            Refused: the citizen holds as many as one citizen may.
        """
        if citizen_id is None:
            yield
            return
        if self._open[citizen_id] >= self._per_caller:
            self._metrics.count("rate_limited", limit="streams")
            raise Refused("too_many_requests", "streams", retry_after_s=_RETRY_AFTER_S)
        self._open[citizen_id] += 1
        try:
            yield
        finally:
            self._open[citizen_id] -= 1
            if not self._open[citizen_id]:
                del self._open[citizen_id]
