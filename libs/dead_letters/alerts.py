"""One alert per final failure, counted and logged after the commit that keeps the dead letter.

Retries, repeated records and failures that are recorded twice raise none. The count begins at zero
when the process starts, because a series that begins at one has no increase for Prometheus.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog

from libs.database.transaction import Transaction
from libs.telemetry.metrics import Metrics

log = structlog.get_logger()


def watch(metrics: Metrics, source: str) -> None:
    """Start the count of final failures of a topic or a job type at zero."""
    metrics.count("final_failures", 0, source=source)


def alert(tx: Transaction, metrics: Metrics, source: str, details: Mapping[str, Any]) -> None:
    """Raise the alert of one final failure when this transaction commits.

    Args:
        tx: the transaction that keeps the dead letter.
        metrics: counts it.
        source: the topic of the map, or the job type.
        details: ids and codes for the log, without personal data.
    """
    tx.after_commit(partial(_raise, metrics, source, details))


def _raise(metrics: Metrics, source: str, details: Mapping[str, Any]) -> None:
    metrics.count("final_failures", source=source)
    log.error("failed for good", source=source, **details)
