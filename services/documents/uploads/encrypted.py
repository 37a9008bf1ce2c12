"""The encrypted columns of uploads."""

from typing import Final

from libs.encryption import EncryptedColumn

UPLOAD_NAME: Final = "uploads.name"
UPLOAD_KEY: Final = "uploads.content_key"

COLUMNS: Final = (
    EncryptedColumn(UPLOAD_NAME, ("upload_id",)),
    EncryptedColumn(UPLOAD_KEY, ("upload_id",)),
)
