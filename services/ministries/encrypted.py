"""The encrypted columns of the tables in `migrations/`: names for `Cipher.seal`, and their keys."""

from typing import Final

from libs.encryption import EncryptedColumn

FORM: Final = "deliveries.form"

COLUMNS: Final = (EncryptedColumn(FORM, ("delivery_id",)),)
