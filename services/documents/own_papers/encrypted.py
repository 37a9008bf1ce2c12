"""The encrypted column of ministries' own papers."""

from typing import Final

from libs.encryption import EncryptedColumn

CONTENT_KEY: Final = "own_papers.content_key"

COLUMNS: Final = (EncryptedColumn(CONTENT_KEY, ("document_id",)),)
