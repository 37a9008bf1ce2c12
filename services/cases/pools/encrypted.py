"""The encrypted column of lists of pools: facts about people."""

from typing import Final

from libs.encryption import EncryptedColumn
from services.cases.work.encrypted import OWNER

DETAIL: Final = "pool_list_cases.detail"

COLUMNS: Final = (EncryptedColumn(DETAIL, ("case_id", "row_id"), owner=OWNER),)
