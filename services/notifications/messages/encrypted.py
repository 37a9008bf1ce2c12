"""The encrypted columns of contacts, messages' codes and notices."""

from typing import Final

from libs.encryption import EncryptedColumn

PHONE: Final = "contacts.phone"
PHONE_OF_APPLICATION: Final = "application_contacts.phone"
APPLICANT: Final = "application_contacts.applicant"
PHONE_OF_NOTICE: Final = "notices.phone"
NOTICE: Final = "notices.notice_text"
# For a few minutes, under keys of an hour.
PHONE_OF_CODE: Final = "codes.phone"
CODE: Final = "codes.code"

COLUMNS: Final = (
    EncryptedColumn(PHONE, ("citizen_id",)),
    EncryptedColumn(PHONE_OF_APPLICATION, ("application_id",), index="phone_index"),
    EncryptedColumn(APPLICANT, ("application_id",)),
    EncryptedColumn(PHONE_OF_NOTICE, ("message_id",), index="phone_index"),
    EncryptedColumn(NOTICE, ("message_id",)),
)
"""The columns that a new data key encrypts again; codes have expired before."""
