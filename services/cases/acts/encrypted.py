"""The encrypted column of looks at cases: what officers write names people."""

from typing import Final

from libs.encryption import EncryptedColumn
from services.cases.work.encrypted import OWNER

REASON: Final = "case_looks.reason"

COLUMNS: Final = (EncryptedColumn(REASON, ("case_id", "look_id"), owner=OWNER),)
