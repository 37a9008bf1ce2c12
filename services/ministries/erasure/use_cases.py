"""Erases citizens from ministries, and confirms it."""

from libs.contracts.identity import CitizenErased
from libs.contracts.ministries import DeliveriesErased
from libs.database.transaction import Transaction
from libs.erase_all import erase_all, erase_functions_of
from libs.messaging.delete_records import delete_records
from services.ministries.deliveries import use_cases as deliveries
from services.ministries.erasure import queries
from services.ministries.exchanges import use_cases as exchanges

_ERASE_FUNCTIONS = erase_functions_of("services.ministries")


async def erase_citizen(tx: Transaction, erased: CitizenErased) -> DeliveriesErased:
    """Delete the forms of a citizen that wait for their ministries; return the confirmation.

    Capabilities come first: they find applications by deliveries that still name the citizen. A
    withdrawal that waits is still delivered. Submissions that come later are not stored. A repeat
    finds nothing any more, and confirms under the same event id.
    """
    found_deliveries = await deliveries.lock_deliveries_of(tx, erased.citizen_id)
    application_ids = set(found_deliveries.values())
    await queries.insert_erased(tx, erased.citizen_id, erased.occurred_at)
    found = await erase_all(tx, _ERASE_FUNCTIONS, erased.citizen_id, erased.occurred_at)
    withdrawals = await deliveries.keep_withdrawals(tx, list(found_deliveries))
    others = found_deliveries.keys() - withdrawals
    deleted = await delete_records(tx, [erased.citizen_id, *application_ids], others)
    await exchanges.erase(tx, others)
    deleted |= found
    deleted |= await deliveries.delete_content(tx, others, application_ids, withdrawals)
    return DeliveriesErased.because_of(
        erased, deleted=deleted, kept={"applications": len(application_ids)}
    )
