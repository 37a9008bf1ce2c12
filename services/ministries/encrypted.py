"""The encrypted columns of ministries, for `admin ministries re-encrypt`."""

from typing import Final

from libs.encryption import EncryptedColumn

COLUMNS: Final = (EncryptedColumn("deliveries", "form", ("delivery_id",)),)
