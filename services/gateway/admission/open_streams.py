"""Counts the open uploads and downloads of a caller."""

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
        per_caller: most of one caller.
        metrics: counts refused ones.
    """

    def __init__(self, per_caller: int, metrics: Metrics) -> None:
        self._per_caller = per_caller
        self._metrics = metrics
        self._open: Counter[UUID] = Counter()

    @contextmanager
    def place(self, subject_id: UUID | None) -> Iterator[None]:
        """Hold a place of a caller while the context is open; a request without a token needs none.

        Raises:
            Refused: the caller holds as many as one caller may.
        """
        if subject_id is None:
            yield
            return
        if self._open[subject_id] >= self._per_caller:
            self._metrics.count("rate_limited", limit="streams")
            raise Refused("too_many_requests", "streams", retry_after_s=_RETRY_AFTER_S)
        self._open[subject_id] += 1
        try:
            yield
        finally:
            self._open[subject_id] -= 1
            if not self._open[subject_id]:
                del self._open[subject_id]
