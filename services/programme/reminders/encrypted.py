"""The encrypted columns of reminders: addresses of officials."""

from typing import Final

from libs.encryption import EncryptedColumn

RECIPIENT: Final = "reminders.recipient"
MAIL: Final = "superiors.mail"

COLUMNS: Final = (
    EncryptedColumn(RECIPIENT, ("reminder_id",)),
    EncryptedColumn(MAIL, ("superior_id",)),
)
