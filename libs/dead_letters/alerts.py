"""One alert per final failure, counted and logged after the commit that keeps the dead letter.

A retry raises none, nor does a record that comes again, nor a failure recorded twice. The count
begins at zero when the process starts: for Prometheus a series that begins at one has no increase.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog

from libs.database.transaction import Transaction
from libs.telemetry.metrics import Metrics

log = structlog.get_logger()


def watch(metrics: Metrics, source: str) -> None:
    """Begin to count the final failures of a topic or a job type, at zero."""
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
