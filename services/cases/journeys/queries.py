"""SQL of the journey of an application."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import orjson

from libs.database.transaction import Transaction
from libs.trace_context import read_text
from libs.workflows.events import load_event
from services.cases.journeys.rules import Entry, Known
from services.cases.work.encrypted import DETAIL


async def find(tx: Transaction, tracking_number: str) -> Sequence[Known]:
    """Find the cases of an application as they stand, in the order of their submissions."""
    rows = await tx.fetch(
        """
        SELECT case_id, application_id, step, coalesce(outcome, status) AS state, waits_for,
               submitted_at, published_at, trace_context
          FROM cases
         WHERE tracking_number = $1
         ORDER BY submitted_at, case_id
        """,
        tracking_number,
    )
    return [_known(**row) for row in rows]


async def read_entries(tx: Transaction, case_ids: Collection[UUID]) -> Sequence[Entry]:
    """Read the histories of cases, each in its order; what is damaged has its time and type."""
    rows = await tx.fetch(
        """
        SELECT case_id, entry_id, entry_no, at, type, detail,
               (SELECT ministry FROM cases WHERE cases.case_id = history.case_id) AS ministry
          FROM history
         WHERE case_id = ANY($1::uuid[])
         ORDER BY case_id, entry_no
        """,
        list(case_ids),
    )
    return [_entry(tx, **row) for row in rows]


def _known(trace_context: str | None, **fields: Any) -> Known:
    return Known(trace=read_text(trace_context), **fields)


def _entry(tx: Transaction, entry_id: UUID, detail: str, ministry: str, **fields: Any) -> Entry:
    text, _ = tx.cipher.try_open(DETAIL, entry_id, detail, owner=ministry)
    event = None if text is None else load_event(orjson.loads(text)["event"])
    return Entry(entry_id=entry_id, event=event, **fields)
