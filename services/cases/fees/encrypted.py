"""The encrypted column of bills: a challan names its payer elsewhere."""

from typing import Final

from libs.encryption import EncryptedColumn

CHALLAN: Final = "bills.challan"

COLUMNS: Final = (EncryptedColumn(CHALLAN, ("case_id", "bill_id"), owner="cases.ministry"),)
