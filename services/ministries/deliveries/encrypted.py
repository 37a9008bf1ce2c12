"""The encrypted column of deliveries."""

from typing import Final

from libs.encryption import EncryptedColumn

FORM: Final = "deliveries.form"

COLUMNS: Final = (EncryptedColumn(FORM, ("delivery_id",)),)
