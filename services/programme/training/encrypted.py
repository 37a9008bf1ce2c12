"""The encrypted column of training: where people are warned."""

from typing import Final

from libs.encryption import EncryptedColumn

MAIL: Final = "warning_mails.mail"

COLUMNS: Final = (EncryptedColumn(MAIL, ("holder_id",)),)
