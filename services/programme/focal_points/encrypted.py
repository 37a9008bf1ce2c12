"""The encrypted column of people who were named."""

from typing import Final

from libs.encryption import EncryptedColumn

PERSON: Final = "named_people.person"

COLUMNS: Final = (EncryptedColumn(PERSON, ("fact_id",)),)
