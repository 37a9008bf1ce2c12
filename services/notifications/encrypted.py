"""The encrypted columns of the tables in `migrations/`: names for `Cipher.seal`, and their keys."""

from typing import Final

from libs.encryption import EncryptedColumn

PHONE: Final = "contacts.phone"
# Codes for a few minutes, under keys of an hour; notices for three days, under those of rows.
PHONE_OF_CODE: Final = "codes.phone"
CODE: Final = "codes.code"

COLUMNS: Final = (EncryptedColumn(PHONE, ("citizen_id",)),)
