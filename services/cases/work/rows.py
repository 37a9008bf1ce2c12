"""Columns of cases, of what was submitted, and of histories.

Personal ones are encrypted with the key of the case's ministry. Whoever reads for an officer names
the officer's own ministry, so that a query that finds another one's case reads nothing of it.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter
from pydantic_core import to_json

from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.deadline import Deadline, read_deadline
from libs.contracts.applications import ResponsibleOffice, Step
from libs.contracts.documents import DocumentReference
from libs.contracts.language import Text
from libs.contracts.mandates import MandateEvidence
from libs.database.transaction import Transaction
from libs.trace_context import read_text
from libs.workflows.case import Case, dump_case, load_case
from libs.workflows.events import dump_event, load_event
from services.cases.work.encrypted import DETAIL, FORM, STATE
from services.cases.work.values import CaseFile, Content, Entry

_DOCUMENTS = TypeAdapter(tuple[DocumentReference, ...])


def file_of(tx: Transaction, row: Any, ministry: str | None = None) -> CaseFile:
    """Return the case of a row of the table `cases`.

    Args:
        tx: the transaction.
        row: the row.
        ministry: whose key opens it; None for that of the case.
    """
    values = dict(row)
    owner = ministry or values["ministry"]
    state = tx.cipher.open(STATE, values["case_id"], values.pop("state"), owner=owner)
    office, shown = values.pop("office"), values.pop("shown")
    deadline, days = read_deadline(values.pop("deadline")), values.pop("due_days")
    return CaseFile(
        deadline=deadline or _deadline_before(values["submitted_at"], values["due_on"], days),
        state=load_case(orjson.loads(state)),
        office=None if office is None else ResponsibleOffice.model_validate_json(office),
        shown=None if shown is None else Step.model_validate_json(shown),
        trace=read_text(values.pop("trace_context")),
        **values,
    )


def _deadline_before(submitted_at: datetime, due_on: date, days: int | None) -> Deadline:
    """Return the time of a case from before it was stored how long it stood still."""
    begins_on = dhaka_date(submitted_at)
    if days is not None:
        return Deadline(begins_on, days)
    return Deadline(begins_on, (due_on - begins_on).days, unit="calendar")


def sealed_state(tx: Transaction, file: CaseFile) -> str:
    """Return where a case is, encrypted."""
    return sealed_case(tx, file.case_id, file.ministry, file.state)


def sealed_case(tx: Transaction, case_id: UUID, ministry: str, state: Case) -> str:
    """Return a state of a case of a ministry, encrypted."""
    text = orjson.dumps(dump_case(state)).decode()
    return tx.cipher.seal(STATE, case_id, text, owner=ministry)


def sealed_form(tx: Transaction, file: CaseFile, content: Content) -> str:
    """Return the answers of a form, encrypted."""
    text = to_json(content.form).decode()
    return tx.cipher.seal(FORM, content.submission_id, text, owner=file.ministry)


def documents_as_json(content: Content) -> str | None:
    """Return the papers of a form as its row has them."""
    return to_json(content.documents).decode() if content.documents else None


def sealed_detail(tx: Transaction, file: CaseFile, entry: Entry) -> str:
    """Return what happened with what was written about it, encrypted."""
    detail = {
        "event": dump_event(entry.event),
        "note": entry.note and entry.note.model_dump(),
        "papers": entry.papers,
    }
    text = orjson.dumps(detail).decode()
    return tx.cipher.seal(DETAIL, entry.entry_id, text, owner=file.ministry)


def content_of(tx: Transaction, row: Any, ministry: str) -> Content:
    """Return what was submitted to a ministry, of a row of the table `case_content`."""
    form = tx.cipher.open(FORM, row["submission_id"], row["form"], owner=ministry)
    mandate = row["mandate"]
    return Content(
        submission_id=row["submission_id"],
        submitted_at=row["submitted_at"],
        form=orjson.loads(form),
        form_version=row["form_version"],
        form_origin=row["form_origin"],
        documents=_DOCUMENTS.validate_json(row["documents"] or "[]"),
        mandate=MandateEvidence.model_validate_json(mandate) if mandate else None,
    )


def entry_of(tx: Transaction, row: Any, ministry: str) -> Entry:
    """Return an entry of a history of a ministry's case, of its row."""
    detail = orjson.loads(tx.cipher.open(DETAIL, row["entry_id"], row["detail"], owner=ministry))
    return Entry(
        entry_id=row["entry_id"],
        entry_no=row["entry_no"],
        at=row["at"],
        event=load_event(detail["event"]),
        actor_id=row["actor_id"],
        office_id=row["office_id"],
        note=Text(**detail["note"]) if detail["note"] else None,
        papers=detail.get("papers", {}),
    )
