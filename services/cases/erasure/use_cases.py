"""Erases citizens from cases, and confirms it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.cases import CasesErased
from libs.contracts.identity import CitizenErased
from libs.database.transaction import Transaction
from libs.erase_all import erase_all, erase_functions_of
from libs.messaging.delete_records import delete_records
from services.cases.acts import use_cases as acts
from services.cases.erasure import queries, rules
from services.cases.fees import use_cases as fees
from services.cases.handed_in import use_cases as handed_in
from services.cases.papers import use_cases as papers
from services.cases.version_changes import use_cases as version_changes
from services.cases.work import use_cases as work
from services.cases.workflows import use_cases as workflows

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


async def delete_ended(tx: Transaction, *, at: datetime, limit: int) -> int:
    """Delete sealed cases whose years are over, by the rule that holds today; return how many.

    Only a rule with a source deletes anything. The journal has how many, and by which law.
    """
    deleted = 0
    for workflow in await workflows.read_newest(tx, dhaka_date(at)):
        before = rules.kept_from(workflow, at)
        if before is None:
            continue
        case_ids = await work.lock_sealed(
            tx, workflow.workflow, closed_before=before, limit=limit - deleted
        )
        if not case_ids:
            continue
        await _delete(tx, case_ids, at)
        await record_action(
            tx,
            actor="service",
            action="delete sealed cases",
            subject=workflow.key,
            detail=rules.reason(workflow, len(case_ids)),
        )
        deleted += len(case_ids)
    return deleted


async def _delete(tx: Transaction, case_ids: list[UUID], at: datetime) -> None:
    await handed_in.settle(tx, (), case_ids, at)
    await acts.forget_reasons(tx, case_ids)
    await fees.forget_bills(tx, case_ids)
    await papers.forget(tx, case_ids)
    await version_changes.forget_told(tx, case_ids)
    await work.delete_cases(tx, case_ids)


async def find_erased(tx: Transaction, citizen_ids: Collection[UUID]) -> set[UUID]:
    """Return those citizens who were erased."""
    return await queries.find_erased(tx, citizen_ids)
