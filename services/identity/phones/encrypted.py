"""The encrypted column of changes of a number."""

from typing import Final

from libs.encryption import EncryptedColumn

NEW_PHONE: Final = "phone_changes.phone"

COLUMNS: Final = (EncryptedColumn(NEW_PHONE, ("citizen_id",)),)
