"""Keeps reports of the conformance kit, and changes adapters only with a passed one."""

from datetime import date, datetime

from libs.audit.queries import record_action
from libs.contracts.catalogue import Adapter, MinistryAdapter, ServiceAdapter
from libs.database.transaction import Transaction
from libs.errors import Refused
from services.catalogue.conformance import queries, rules
from services.catalogue.conformance.rules import Report
from services.catalogue.public_services import use_cases as public_services


async def record_report(tx: Transaction, report: Report, *, by: str, at: datetime) -> None:
    """Keep a report with its date, and announce whether the adapter passed.

    Raises:
        Refused: there is no such body.
    """
    if report.ministry not in {body.body_id for body in await public_services.read_bodies(tx)}:
        raise Refused("body_not_found")
    await queries.save_report(tx, report)
    last = await queries.read_last_report(tx, report.ministry)
    passed = last is not None and last.passed
    takes_appeals = last is not None and last.takes_appeals
    await public_services.record_own_adapter(
        tx, report.ministry, passed=passed, takes_appeals=takes_appeals, at=at
    )
    verdict = "passed" if report.passed else "not passed"
    detail = f"{verdict}, {report.checked_at.isoformat()}"
    await record_action(
        tx, actor=by, action="record report", subject=report.ministry, detail=detail
    )


async def set_adapter(
    tx: Transaction,
    body_id: str,
    adapter: MinistryAdapter,
    *,
    despite: str | None,
    by: str,
    at: datetime,
) -> int:
    """Set the adapter that hands submissions to a body; its own adapter needs a passed report.

    Args:
        tx: the transaction.
        body_id: the body.
        adapter: hands submissions to it.
        despite: why its own adapter goes live without a passed report.
        by: who changes it.
        at: the current time.

    Returns:
        How many public services were announced.

    Raises:
        Refused: there is no such body, or its own adapter has not passed.
    """
    if adapter == "own":
        rules.check_gate(await queries.read_last_report(tx, body_id), despite)
        if despite:
            await record_action(tx, actor=by, action="skip report", subject=body_id, detail=despite)
    return await public_services.set_ministry_adapter(tx, body_id, adapter, by=by, at=at)


async def set_service_adapter(
    tx: Transaction,
    public_service_id: str,
    adapter: Adapter | None,
    *,
    valid_from: date,
    by: str,
    at: datetime,
) -> ServiceAdapter:
    """Set the adapter for the submissions of one public service, from a day on.

    Args:
        tx: the transaction.
        public_service_id: the public service.
        adapter: hands them over; None for what serves its ministry. The ministry's own adapter
            needs a passed report.
        valid_from: the first day in Dhaka.
        by: who changes it.
        at: the current time.

    Raises:
        Refused: there is no such service, the ministry's own adapter has not passed, the day has
            passed, or there are too many changes.
    """
    if adapter == "own":
        body_id = await public_services.read_body_of(tx, public_service_id)
        rules.check_gate(await queries.read_last_report(tx, body_id), None)
    return await public_services.set_service_adapter(
        tx, public_service_id, adapter, valid_from=valid_from, by=by, at=at
    )
