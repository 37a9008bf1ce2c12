"""Erases citizens from cases, and confirms it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from libs.contracts.cases import CasesErased
from libs.contracts.identity import CitizenErased
from libs.database.transaction import Transaction
from libs.erase_all import erase_all, erase_functions_of
from libs.messaging.delete_records import delete_records
from services.cases.erasure import queries
from services.cases.work import use_cases as work

_ERASE_FUNCTIONS = erase_functions_of("services.cases")


async def erase_citizen(tx: Transaction, erased: CitizenErased, *, at: datetime) -> CasesErased:
    """Empty a citizen's open cases, and seal the decided ones; return the confirmation.

    Submissions that come later are not stored. A repeat finds nothing any more, and confirms under
    the same event id.
    """
    await queries.insert_erased(tx, erased.citizen_id, erased.occurred_at)
    application_ids = await work.lock_cases_of(tx, erased.citizen_id)
    deleted = await delete_records(tx, [erased.citizen_id, *application_ids])
    deleted |= await erase_all(tx, _ERASE_FUNCTIONS, erased.citizen_id, at)
    sealed = await work.seal_cases(tx, erased.citizen_id)
    return CasesErased.because_of(erased, deleted=deleted, kept={"sealed_cases": sealed})


async def find_erased(tx: Transaction, citizen_ids: Collection[UUID]) -> set[UUID]:
    """Return those citizens who were erased."""
    return await queries.find_erased(tx, citizen_ids)
