"""The encrypted columns of mandates and complaints."""

from typing import Final

from libs.encryption import EncryptedColumn

MANDATE_PHONE: Final = "mandates.phone"
COMPLAINT: Final = "complaints.text"

COLUMNS: Final = (
    EncryptedColumn(MANDATE_PHONE, ("mandate_id",), index="phone_index"),
    EncryptedColumn(COMPLAINT, ("complaint_id",)),
)
