"""The encrypted columns of notifications: names for `Cipher.seal`, and all for `re-encrypt`."""

from typing import Final

from libs.encryption import EncryptedColumn

PHONE: Final = "contacts.phone"
# Rows of a few minutes, under keys of an hour.
PHONE_OF_CODE: Final = "codes.phone"
CODE: Final = "codes.code"

COLUMNS: Final = (EncryptedColumn(PHONE, ("citizen_id",)),)
