"""The encrypted columns of citizens."""

from typing import Final

from libs.encryption import EncryptedColumn

PHONE: Final = "citizens.phone"
NID: Final = "citizens.nid"
BIRTH_NUMBER: Final = "citizens.birth_registration_number"

COLUMNS: Final = (
    EncryptedColumn(PHONE, ("citizen_id",), index="phone_index"),
    EncryptedColumn(NID, ("citizen_id",)),
    EncryptedColumn(BIRTH_NUMBER, ("citizen_id",)),
)
