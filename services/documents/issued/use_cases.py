"""A citizen gives a paper that was issued to her, as often as forms ask for it.

Issuance is asked and draws outside of transactions, so these functions open their own.
"""

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final
from uuid import UUID

from libs.contracts.documents import DocumentReceipt
from services.documents.intake.pipeline import Intake, Issued, Wanted
from services.documents.issued.client import Issuance
from services.documents.locker import use_cases as locker

_NO_CERTAIN_KIND: Final = "issued_paper"
"""The kind of an order: it is no document that a form names."""


async def give(
    intake: Intake, issuance: Issuance, citizen_id: UUID, authorization: str, typed: str
) -> DocumentReceipt:
    """Take a paper by its number; it is drawn once, and the same one if it is given again.

    Whoever receives the application fetches a file of which the receipt has the hash, so what was
    drawn is kept like a paper that was uploaded. It is not opened and written again: its data and
    its signature stay inside.

    Raises:
        Refused: no paper of the citizen has the number, it does not hold, or the locker is full.
        Unavailable: issuance does not answer.
    """
    at = intake.clock.now()
    paper = await issuance.find_own(authorization, typed)
    kind = paper.document_kind or _NO_CERTAIN_KIND
    issued = Issued(paper.number, sha256(paper.number.encode()).hexdigest(), at)
    async with intake.database.transaction() as tx:
        same = await locker.find_same(tx, citizen_id, kind, issued.mark, None)
        if same is not None:
            same = await locker.note_held(tx, same, at)
            return await locker.with_receipt(tx, same, intake.signer)
    content = await issuance.draw(authorization, paper)
    wanted = Wanted(citizen_id, kind, f"{paper.number}.pdf", paper.last_day, issued=issued)
    return await intake.make(wanted, [_once(content)])


async def read_with_receipt(
    intake: Intake, issuance: Issuance, citizen_id: UUID, document_id: UUID
) -> DocumentReceipt:
    """Return a paper of the locker with a new receipt; an issued one holds now.

    Raises:
        Refused: there is no such paper, it is damaged, or it was issued and does not hold any more.
        Unavailable: it was issued, and issuance does not answer.
    """
    async with intake.database.transaction() as tx:
        document = await locker.lock_own(tx, citizen_id, document_id)
        if document.issued_number is None:
            return await locker.with_receipt(tx, document, intake.signer)
    status = await issuance.find_valid(document.issued_number)
    async with intake.database.transaction() as tx:
        document = await locker.lock_own(tx, citizen_id, document_id)
        document = await locker.note_held(tx, document, status.as_of)
        return await locker.with_receipt(tx, document, intake.signer)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
