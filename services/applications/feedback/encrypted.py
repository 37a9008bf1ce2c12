"""The encrypted column of feedback."""

from typing import Final

from libs.encryption import EncryptedColumn

COMMENT: Final = "feedback.comment"

COLUMNS: Final = (EncryptedColumn(COMMENT, ("application_id",)),)
