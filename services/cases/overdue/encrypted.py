"""The encrypted column of who is told of overdue cases: names and addresses of officials."""

from typing import Final

from libs.encryption import EncryptedColumn

PEOPLE: Final = "contacts.people"

COLUMNS: Final = (EncryptedColumn(PEOPLE, ("contact_id",)),)
