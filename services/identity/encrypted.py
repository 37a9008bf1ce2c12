"""The encrypted columns of identity: names for `Cipher.seal`, and all for `re-encrypt`."""

from typing import Final

from libs.encryption import EncryptedColumn

PHONE: Final = "citizens.phone"
NID: Final = "citizens.nid"
BIRTH_NUMBER: Final = "citizens.birth_registration_number"
NEW_PHONE: Final = "phone_changes.phone"
DETAILS: Final = "saved_details.details"
MANDATE_PHONE: Final = "mandates.phone"
COMPLAINT: Final = "complaints.text"

COLUMNS: Final = (
    EncryptedColumn(PHONE, ("citizen_id",), index="phone_index"),
    EncryptedColumn(NID, ("citizen_id",)),
    EncryptedColumn(BIRTH_NUMBER, ("citizen_id",)),
    EncryptedColumn(NEW_PHONE, ("citizen_id",)),
    EncryptedColumn(DETAILS, ("citizen_id",)),
    EncryptedColumn(MANDATE_PHONE, ("mandate_id",), index="phone_index"),
    EncryptedColumn(COMPLAINT, ("complaint_id",)),
)
