"""The encrypted columns of notifications, for `admin notifications re-encrypt`."""

from typing import Final

from libs.encryption import EncryptedColumn

COLUMNS: Final = (EncryptedColumn("contacts", "phone", ("citizen_id",)),)
