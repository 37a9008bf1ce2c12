"""The encrypted columns of cases."""

from typing import Final

from libs.encryption import EncryptedColumn

STATE: Final = "cases.state"
FORM: Final = "case_content.form"
DETAIL: Final = "history.detail"

COLUMNS: Final = (
    EncryptedColumn(STATE, ("case_id",)),
    EncryptedColumn(FORM, ("case_id", "submission_id")),
    EncryptedColumn(DETAIL, ("case_id", "entry_id")),
)
