"""The encrypted column of vendors: whom to reach."""

from typing import Final

from libs.encryption import EncryptedColumn

CONTACT: Final = "vendors.contact"

COLUMNS: Final = (EncryptedColumn(CONTACT, ("vendor_id",)),)
