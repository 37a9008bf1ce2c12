"""The encrypted column of mails: addresses of those who work."""

from typing import Final

from libs.encryption import EncryptedColumn

RECIPIENT: Final = "mails.recipient"

COLUMNS: Final = (EncryptedColumn(RECIPIENT, ("mail_id",)),)
