"""Erases citizens from applications, and confirms it."""

from libs.contracts.applications import ApplicationsErased
from libs.contracts.events import Event
from libs.contracts.identity import CitizenErased
from libs.database.transaction import Transaction
from libs.erase_all import erase_all, erase_functions_of
from libs.messaging.delete_records import delete_records
from libs.messaging.writing import outbox
from libs.web.handling import idempotency
from services.applications.lifecycle import rules
from services.applications.lifecycle.application import CLOSED, Application
from services.applications.lifecycle.use_cases import (
    delete_content,
    lock_applications_of,
    save,
)

_ERASE_FUNCTIONS = erase_functions_of("services.applications")


async def erase_citizen(tx: Transaction, erased: CitizenErased) -> ApplicationsErased:
    """Withdraw running applications, delete the content of all; return the confirmation.

    The citizen's id is replaced last, since capabilities find applications by it. A repeat finds
    nothing any more, and confirms under the same event id.
    """
    applications = await lock_applications_of(tx, erased.citizen_id)
    application_ids = list(applications)
    deleted = await delete_records(tx, application_ids, dead_letters_of=[erased.citizen_id])
    withdrawn: list[Application] = []
    events: list[Event] = []
    for application in applications.values():
        if application.status not in CLOSED:
            changed, happened = rules.withdraw(application, at=erased.occurred_at)
            withdrawn.append(changed)
            events += [event.in_trace(erased.trace) for event in happened]
    await save(tx, withdrawn, events)
    await outbox.add(tx, events)
    deleted |= await erase_all(tx, _ERASE_FUNCTIONS, erased.citizen_id, erased.occurred_at)
    deleted |= await delete_content(tx, application_ids)
    deleted["answers"] = await idempotency.delete_answers_to(tx, erased.citizen_id)
    return ApplicationsErased.because_of(
        erased, deleted=deleted, kept={"cases": len(application_ids)}
    )
