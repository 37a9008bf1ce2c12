"""The encrypted columns of applications, submissions and timelines."""

from typing import Final

from libs.encryption import EncryptedColumn

FORM: Final = "submissions.form"
NOTES_OF_APPLICATIONS: Final = ("applications.note_bn", "applications.note_en")
NOTES_OF_ENTRIES: Final = ("timeline.note_bn", "timeline.note_en")

COLUMNS: Final = (
    EncryptedColumn(FORM, ("application_id", "submission_id")),
    *(EncryptedColumn(note, ("application_id",)) for note in NOTES_OF_APPLICATIONS),
    *(EncryptedColumn(note, ("application_id", "event_id")) for note in NOTES_OF_ENTRIES),
)
