"""Columns of applications and timelines: ministries' notes, encrypted, and the office."""

import json
from typing import Any, Final
from uuid import UUID

from libs.contracts.language import Text
from libs.database.transaction import Transaction
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.encrypted import NOTES_OF_APPLICATIONS, NOTES_OF_ENTRIES
from services.applications.lifecycle.entries import Entry

_DAMAGED: Final = {
    "note_bn": "(মন্ত্রণালয়ের এই বার্তাটি আমাদের কাছে নষ্ট হয়েছে; সহায়তা নিন।)",
    "note_en": "(This message of the ministry was damaged with us; ask for support.)",
}


def application_of(tx: Transaction, row: Any) -> Application:
    """Return the application of a row of the table `applications`."""
    notes = _opened(tx, NOTES_OF_APPLICATIONS, row["application_id"], row)
    return Application.from_row({**row, **notes})


def entry_of(tx: Transaction, row: Any) -> Entry:
    """Return the timeline entry of a row."""
    return Entry.from_row({**row, **_opened(tx, NOTES_OF_ENTRIES, row["event_id"], row)})


def sealed_note(
    tx: Transaction, columns: tuple[str, str], row_id: UUID, note: Text | None
) -> tuple[str | None, str | None]:
    """Return a note in Bangla and English, encrypted for two columns of a row."""
    if note is None:
        return None, None
    bn, en = columns
    return tx.cipher.seal(bn, row_id, note.bn), tx.cipher.seal(en, row_id, note.en)


def office_as_json(application: Application) -> str | None:
    """Return the responsible office of an application as its row has it."""
    return application.office.model_dump_json() if application.office else None


def step_as_json(application: Application) -> str | None:
    """Return the step of an application as its row has it."""
    return application.step.model_dump_json() if application.step else None


def appeal_as_json(application: Application) -> str | None:
    """Return who decides on an objection, and whether it was published, as the row has it."""
    if application.appeal_until is None:
        return None
    decided_by = application.appeal_decided_by
    return json.dumps([decided_by and decided_by.model_dump(), application.appeal_is_sourced])


def _opened(
    tx: Transaction, columns: tuple[str, str], row_id: UUID, row: Any
) -> dict[str, str | None]:
    opened = {
        name: tx.cipher.try_open(column, row_id, row[name])
        for name, column in zip(("note_bn", "note_en"), columns, strict=True)
    }
    return {name: _DAMAGED[name] if failure else text for name, (text, failure) in opened.items()}
