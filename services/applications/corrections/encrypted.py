"""The encrypted column of proposed corrections."""

from typing import Final

from libs.encryption import EncryptedColumn

PROPOSED: Final = "proposed_corrections.form"

COLUMNS: Final = (EncryptedColumn(PROPOSED, ("application_id",)),)
