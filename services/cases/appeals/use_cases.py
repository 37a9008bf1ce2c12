"""Records an objection that a citizen brings to an office."""

from collections.abc import Collection
from datetime import datetime

from libs.audit.queries import record_action
from libs.contracts.cases import ActOnCase
from libs.database.transaction import Transaction
from libs.messaging.writing import outbox
from libs.workflows.model import Workflow
from services.cases.appeals import rules
from services.cases.officers.rules import Officer
from services.cases.work import use_cases as work
from services.cases.work.values import CaseFile


async def record(
    tx: Transaction,
    officer: Officer,
    case: tuple[CaseFile, Workflow],
    body: ActOnCase,
    given: Collection[str],
    at: datetime,
) -> None:
    """Announce the objection to applications, which opens the case again; who did is recorded.

    A repeat is the same objection.

    Args:
        tx: the transaction.
        officer: of an office that had the case.
        case: the case, locked, with its workflow.
        body: the words of the letter, the number that the citizen showed.
        given: names of the papers that were handed in as files.
        at: the current time: the day counts on which it was handed in.

    Raises:
        Refused: it cannot be recorded by this officer now, or something is missing.
    """
    file, workflow = case
    history = await work.read_history(tx, file)
    rules.check_may_record(workflow, file, history, officer, at)
    form = (await work.read_contents(tx, [file]))[file.case_id].form
    event = rules.recorded(file, form, body, frozenset(given), at)
    await outbox.add(tx, [event])
    await record_action(
        tx,
        actor=f"staff:{officer.officer_id}",
        action=f"record an objection at {officer.office_id}",
        subject=str(file.case_id),
    )
