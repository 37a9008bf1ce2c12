"""The encrypted columns of ministries: names for `Cipher.seal`, and all for `re-encrypt`."""

from typing import Final

from libs.encryption import EncryptedColumn

FORM: Final = "deliveries.form"

COLUMNS: Final = (EncryptedColumn(FORM, ("delivery_id",)),)
