"""The encrypted columns of identity, for `admin identity re-encrypt`."""

from typing import Final

from libs.encryption import EncryptedColumn

COLUMNS: Final = (
    EncryptedColumn("citizens", "phone", ("citizen_id",), index="phone_index"),
    EncryptedColumn("citizens", "nid", ("citizen_id",)),
    EncryptedColumn("citizens", "birth_registration_number", ("citizen_id",)),
)
