"""The encrypted columns of cases, with the keys of their ministries."""

from typing import Final

from libs.encryption import EncryptedColumn

STATE: Final = "cases.state"
FORM: Final = "case_content.form"
DETAIL: Final = "history.detail"

OWNER: Final = "cases.ministry"
"""Whose case it is: its personal columns, here and in other tables, have a key of this ministry."""

COLUMNS: Final = (
    EncryptedColumn(STATE, ("case_id",), owner=OWNER),
    EncryptedColumn(FORM, ("case_id", "submission_id"), owner=OWNER),
    EncryptedColumn(DETAIL, ("case_id", "entry_id"), owner=OWNER),
)
