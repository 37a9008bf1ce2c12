"""The encrypted columns of papers."""

from typing import Final

from libs.encryption import EncryptedColumn

CONTENT: Final = "papers.content"
REASON: Final = "papers.reason"

COLUMNS: Final = (
    EncryptedColumn(CONTENT, ("paper_id",)),
    EncryptedColumn(REASON, ("paper_id",)),
)
