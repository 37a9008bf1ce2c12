"""The encrypted columns of papers."""

from typing import Final

from libs.encryption import EncryptedColumn

# A file's name often has a person's.
NAME: Final = "documents.name"
CONTENT_KEY: Final = "documents.content_key"

COLUMNS: Final = (
    EncryptedColumn(NAME, ("document_id",)),
    EncryptedColumn(CONTENT_KEY, ("document_id",)),
)
