"""The encrypted column of drafts."""

from typing import Final

from libs.encryption import EncryptedColumn

DRAFT: Final = "drafts.content"

COLUMNS: Final = (EncryptedColumn(DRAFT, ("draft_id",)),)
