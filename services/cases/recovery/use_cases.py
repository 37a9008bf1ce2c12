"""Closes cases as their citizens were told before a restore."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from libs.audit.queries import record_action
from libs.contracts.ministries import MinistryDecided
from libs.database.transaction import Transaction
from libs.messaging.writing import outbox
from services.cases.intake import use_cases as intake
from services.cases.recovery.rules import Closing, Outcome, Told
from services.cases.work import use_cases as work


async def close_decided(
    tx: Transaction, told: Mapping[UUID, Told], *, by: str, at: datetime
) -> list[Closing]:
    """Close open cases whose applications were decided; no decision is announced again.

    An objection is heard between both decisions, with its words and papers.

    Args:
        tx: the transaction.
        told: what happened, by application.
        by: the operator, for the journal.
        at: the current time.
    """
    found: list[Closing] = []
    first = [each.decisions["first"] for each in told.values() if "first" in each.decisions]
    second = [each.decisions["appeal"] for each in told.values() if "appeal" in each.decisions]
    found += await _close(tx, first, by, at)
    found += await _hear(tx, told.values(), by, at)
    found += await _close(tx, second, by, at)
    return found


async def _close(
    tx: Transaction, decisions: Sequence[MinistryDecided], by: str, at: datetime
) -> list[Closing]:
    """Close cases by decisions of one stage."""
    files = await work.lock_open_cases(tx, [each.application_id for each in decisions])
    ended = await work.lock_ended_cases(tx, [each.application_id for each in decisions])
    appealed = await intake.find_appealed(tx, {**ended, **files})
    due = [
        (files[each.application_id], each)
        for each in decisions
        if each.application_id in files
        and (each.stage == "appeal") == (each.application_id in appealed)
    ]
    refused = await work.end_as_told(tx, due, at=at)
    closed = {file.application_id for file, _ in due if file.case_id not in refused}
    found = []
    for decision in decisions:
        key = decision.application_id
        if key in closed:
            found.append(Closing(key, "closed", decision.outcome))
            await _note(tx, by, "close decided case", files[key].case_id, decision.outcome)
        elif key in files and files[key].case_id in refused:
            found.append(Closing(key, "not closed", str(refused[files[key].case_id])))
        elif key in appealed or (key in ended and decision.stage == "first"):
            found.append(Closing(key, "closed before"))
        elif key in files or key in ended:
            found.append(Closing(key, "not closed", "the objection before it is not here"))
        else:
            found.append(Closing(key, "not here yet"))
    return found


async def _hear(tx: Transaction, told: Collection[Told], by: str, at: datetime) -> list[Closing]:
    """Hear objections again; one that is not decided yet is announced as any other."""
    found: list[Closing] = []
    for is_decided in (False, True):
        appeals = [
            each.appeal
            for each in told
            if each.appeal and ("appeal" in each.decisions) == is_decided
        ]
        announced, heard, refused = await intake.hear(tx, appeals, at)
        await outbox.add(tx, [] if is_decided else announced)
        for key, refusal in refused.items():
            is_missing = refusal.code == "unknown_key"
            outcome: Outcome = "not here yet" if is_missing else "not closed"
            found.append(Closing(key, outcome, "" if is_missing else str(refusal)))
        for key in heard:
            found.append(Closing(key, "heard"))
            await _note(tx, by, "hear objection", key, "")
    return found


async def _note(tx: Transaction, by: str, action: str, subject: UUID, detail: str) -> None:
    await record_action(tx, actor=by, action=action, subject=str(subject), detail=detail)
