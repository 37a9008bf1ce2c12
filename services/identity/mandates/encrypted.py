"""The encrypted columns of mandates and complaints."""

from typing import Final

from libs.encryption import EncryptedColumn

MANDATE_PHONE: Final = "mandates.phone"
MANDATE_APPLICANT: Final = "mandates.applicant"
MANDATE_FEE_DAY: Final = "mandates.fee_day"
MANDATE_REPLACED: Final = "mandates.replaced"
COMPLAINT: Final = "complaints.text"
COMPLAINT_ANSWER: Final = "complaints.answer"

COLUMNS: Final = (
    EncryptedColumn(MANDATE_PHONE, ("mandate_id",), index="phone_index"),
    EncryptedColumn(MANDATE_APPLICANT, ("mandate_id",)),
    EncryptedColumn(MANDATE_FEE_DAY, ("mandate_id",)),
    EncryptedColumn(MANDATE_REPLACED, ("mandate_id",)),
    EncryptedColumn(COMPLAINT, ("complaint_id",)),
    EncryptedColumn(COMPLAINT_ANSWER, ("complaint_id",)),
)
