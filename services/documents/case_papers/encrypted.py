"""The encrypted column of papers of cases."""

from typing import Final

from libs.encryption import EncryptedColumn

CONTENT_KEY: Final = "case_papers.content_key"

COLUMNS: Final = (EncryptedColumn(CONTENT_KEY, ("document_id",)),)
