"""The encrypted column of papers."""

from typing import Final

from libs.encryption import EncryptedColumn

CONTENT: Final = "papers.content"

COLUMNS: Final = (EncryptedColumn(CONTENT, ("paper_id",)),)
