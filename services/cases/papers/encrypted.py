"""The encrypted columns of proposals about papers: what officers write names people."""

from typing import Final

from libs.encryption import EncryptedColumn
from services.cases.work.encrypted import OWNER

REASON: Final = "paper_proposals.reason"
FIELDS: Final = "paper_proposals.fields"
REJECTION: Final = "paper_proposals.rejection"

COLUMNS: Final = (
    EncryptedColumn(REASON, ("case_id", "proposal_id"), owner=OWNER),
    EncryptedColumn(FIELDS, ("case_id", "proposal_id"), owner=OWNER),
    EncryptedColumn(REJECTION, ("case_id", "proposal_id"), owner=OWNER),
)
