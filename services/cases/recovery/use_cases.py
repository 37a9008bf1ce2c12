"""Closes cases as their citizens were told before a restore."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.audit.queries import record_action
from libs.contracts.ministries import MinistryDecided
from libs.database.transaction import Transaction
from services.cases.recovery.rules import Closing
from services.cases.work import use_cases as work


async def close_decided(
    tx: Transaction,
    told: Mapping[UUID, MinistryDecided],
    *,
    by: str,
    at: datetime,
    dry_run: bool,
) -> list[Closing]:
    """Close open cases whose applications were decided; nothing is announced again.

    Args:
        tx: the transaction.
        told: the decisions that applications was told, by application.
        by: the operator, for the journal.
        at: the current time.
        dry_run: close nothing.
    """
    files = await work.lock_open_cases(tx, list(told))
    closed_before = await work.find_closed(tx, told.keys() - files.keys())
    refused = {}
    if not dry_run:
        refused = await work.end_as_told(tx, [(files[key], told[key]) for key in files], at=at)
    found = []
    for application_id, decision in told.items():
        if application_id not in files:
            is_closed = application_id in closed_before
            found.append(Closing(application_id, "closed before" if is_closed else "not here yet"))
        elif (why := refused.get(files[application_id].case_id)) is not None:
            found.append(Closing(application_id, "not closed", str(why)))
        else:
            found.append(Closing(application_id, "closed", decision.outcome))
            if not dry_run:
                await record_action(
                    tx,
                    actor=by,
                    action="close decided case",
                    subject=str(files[application_id].case_id),
                    detail=decision.outcome,
                )
    return found
