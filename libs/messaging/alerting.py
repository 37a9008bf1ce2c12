"""One alert per final failure: counted and logged once, after the commit that keeps the letter.

A retry makes none, nor does a record that comes again, nor an end that is recorded twice. Counted
from zero at the start of the process: a series that begins at one has no increase for Prometheus.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog

from libs.database.transaction import Transaction
from libs.telemetry.metrics import Metrics

log = structlog.get_logger()


def watch(metrics: Metrics, source: str) -> None:
    """Begin to count the final failures of a topic or a worker, at zero."""
    metrics.count("final_failures", 0, source=source)


def alert(tx: Transaction, metrics: Metrics, source: str, seen: Mapping[str, Any]) -> None:
    """Raise the alert of one final failure when this transaction commits.

    Args:
        tx: the transaction that keeps the letter.
        metrics: counts it.
        source: the topic of the map, or the worker.
        seen: ids and codes for the log; nothing of a citizen.
    """
    tx.after_commit(partial(_raise, metrics, source, seen))


def _raise(metrics: Metrics, source: str, seen: Mapping[str, Any]) -> None:
    metrics.count("final_failures", source=source)
    log.error("failed for good", source=source, **seen)
