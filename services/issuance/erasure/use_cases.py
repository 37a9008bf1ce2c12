"""Erases citizens from issuance, and confirms it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from libs.contracts.identity import CitizenErased
from libs.contracts.issuance import IssuanceErased
from libs.database.transaction import Transaction
from libs.erase_all import erase_all, erase_functions_of
from libs.messaging.delete_records import delete_records
from services.issuance.erasure import queries
from services.issuance.papers import use_cases as papers

_ERASE_FUNCTIONS = erase_functions_of("services.issuance")


async def erase_citizen(tx: Transaction, erased: CitizenErased, *, at: datetime) -> IssuanceErased:
    """Empty a citizen's papers; return the confirmation.

    Papers that are granted later are not stored, and of those that are read later only the numbers.
    A repeat finds nothing any more, and confirms
    under the same event id.
    """
    await queries.insert_erased(tx, erased.citizen_id, erased.occurred_at)
    application_ids = await papers.lock_applications_of(tx, erased.citizen_id)
    deleted = await delete_records(tx, [erased.citizen_id, *application_ids])
    deleted |= await erase_all(tx, _ERASE_FUNCTIONS, erased.citizen_id, at)
    return IssuanceErased.because_of(erased, deleted=deleted)


async def find_erased(tx: Transaction, citizen_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return those citizens who were erased, and when."""
    return await queries.find_erased(tx, citizen_ids)
