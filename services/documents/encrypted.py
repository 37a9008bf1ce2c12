"""The encrypted columns of the tables in `migrations/`: names for `Cipher.seal`, and their keys."""

from typing import Final

from libs.encryption import EncryptedColumn

# A file's name often has a person's.
NAME: Final = "documents.name"
CONTENT_KEY: Final = "documents.content_key"
UPLOAD_NAME: Final = "uploads.name"
UPLOAD_KEY: Final = "uploads.content_key"

COLUMNS: Final = (
    EncryptedColumn(NAME, ("document_id",)),
    EncryptedColumn(CONTENT_KEY, ("document_id",)),
    EncryptedColumn(UPLOAD_NAME, ("upload_id",)),
    EncryptedColumn(UPLOAD_KEY, ("upload_id",)),
)
