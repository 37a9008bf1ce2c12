"""Files that are opened are counted before, so that a file which ends the service counts too."""

from datetime import datetime
from uuid import UUID

from libs.database.transaction import Transaction
from services.documents.intake import queries, rules
from services.documents.intake.rules import Opening
from services.documents.locker import use_cases as locker

_DELETED_AT_ONCE = 500


async def begin(tx: Transaction, opening: Opening) -> None:
    """Note that files are about to be opened.

    Raises:
        Refused: the same files were refused before, or too many files of the same person.
    """
    await locker.lock_quotas(tx, opening.opened_for)
    since = opening.opened_at - rules.REMEMBERED
    rules.check_may_open(opening, await queries.find_openings(tx, opening.opened_for, since))
    await queries.insert_opening(tx, opening)


async def end(tx: Transaction, opening_id: UUID, refused: str | None) -> None:
    """Note why files became no paper; forget them if they became one, or were not opened."""
    if refused is None:
        await queries.delete_opening(tx, opening_id)
    else:
        await queries.save_refusal(tx, opening_id, refused)


async def delete_old(tx: Transaction, at: datetime) -> int:
    """Delete openings that no longer count; return how many, 500 at most."""
    return await queries.delete_openings_before(tx, at - rules.REMEMBERED, limit=_DELETED_AT_ONCE)
