"""The encrypted column of drafts of a counter."""

from typing import Final

from libs.encryption import EncryptedColumn

DRAFT: Final = "counter_drafts.content"

COLUMNS: Final = (EncryptedColumn(DRAFT, ("draft_id",)),)
