"""The encrypted columns of applications, for `admin applications re-encrypt`."""

from typing import Final

from libs.encryption import EncryptedColumn

COLUMNS: Final = (
    EncryptedColumn("submissions", "form", ("application_id", "submission_id")),
    EncryptedColumn("applications", "note_bn", ("application_id",)),
    EncryptedColumn("applications", "note_en", ("application_id",)),
    EncryptedColumn("timeline", "note_bn", ("application_id", "event_id")),
    EncryptedColumn("timeline", "note_en", ("application_id", "event_id")),
    EncryptedColumn("feedback", "comment", ("application_id",)),
)
