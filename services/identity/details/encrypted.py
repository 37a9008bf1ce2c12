"""The encrypted column of saved details."""

from typing import Final

from libs.encryption import EncryptedColumn

DETAILS: Final = "saved_details.details"

COLUMNS: Final = (EncryptedColumn(DETAILS, ("citizen_id",)),)
