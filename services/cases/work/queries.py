"""SQL of cases, their histories, their tasks and their clocks."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from libs.database.rows import columns
from libs.database.transaction import Transaction
from libs.workflows.case import Case
from services.cases.work.rows import (
    content_of,
    documents_as_json,
    entry_of,
    file_of,
    sealed_case,
    sealed_detail,
    sealed_form,
    sealed_state,
)
from services.cases.work.values import CaseFile, Change, Content, Entry, Timer


class NewRow(NamedTuple):
    """A new case; what changes of one is written by `update_cases`, too."""

    case_id: UUID
    application_id: UUID
    tracking_number: str
    public_service_id: str
    ministry: str
    citizen_id: UUID
    workflow: str
    submitted_at: datetime
    attempt: int
    other_open: int
    trace_context: str | None
    published_at: datetime | None
    version: int
    step: str
    visit: int
    status: str
    outcome: str | None
    revision: int
    state: str
    office: str | None
    shown: str | None
    waits_for: str | None
    closed_at: datetime | None
    due_on: date
    deadline: str
    is_promised: bool


class ChangedRow(NamedTuple):
    """A change of a case; `before` is the revision that was read."""

    case_id: UUID
    before: int
    version: int
    step: str
    visit: int
    status: str
    outcome: str | None
    revision: int
    state: str
    office: str | None
    shown: str | None
    waits_for: str | None
    closed_at: datetime | None
    due_on: date
    deadline: str
    is_promised: bool


class EntryRow(NamedTuple):
    """An entry of a history."""

    case_id: UUID
    entry_id: UUID
    entry_no: int
    at: datetime
    type: str
    actor_id: UUID | None
    office_id: str | None
    detail: str


async def existing_cases(tx: Transaction, case_ids: Collection[UUID]) -> set[UUID]:
    """Return the ids of those cases that exist."""
    rows = await tx.fetch(
        "SELECT case_id FROM cases WHERE case_id = ANY($1::uuid[])", list(case_ids)
    )
    return {row["case_id"] for row in rows}


async def count_cases(
    tx: Transaction, askers: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], tuple[int, int]]:
    """Count the cases of citizens at services: all, and those that are open."""
    rows = await tx.fetch(
        """
        SELECT citizen_id, public_service_id, count(*) AS all_of_them,
               count(*) FILTER (WHERE status <> 'ended') AS open
          FROM cases
          JOIN unnest($1::uuid[], $2::text[]) AS asker (citizen_id, public_service_id)
         USING (citizen_id, public_service_id)
         GROUP BY citizen_id, public_service_id
        """,
        [citizen_id for citizen_id, _ in askers],
        [public_service_id for _, public_service_id in askers],
    )
    return {
        (row["citizen_id"], row["public_service_id"]): (row["all_of_them"], row["open"])
        for row in rows
    }


async def lock_open_cases(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, CaseFile]:
    """Read the open cases of applications, by application; their rows are locked."""
    rows = await tx.fetch(
        """
        SELECT case_id, application_id, tracking_number, public_service_id, ministry, citizen_id,
               state, revision, office, shown, submitted_at, due_on, attempt, other_open,
               trace_context, waits_for, closed_at, erased, due_days, deadline,
               is_promised
          FROM cases
         WHERE application_id = ANY($1::uuid[]) AND status <> 'ended'
         ORDER BY case_id
           FOR UPDATE
        """,
        list(application_ids),
    )
    return {row["application_id"]: file_of(tx, row) for row in rows}


async def lock_ended_cases(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, CaseFile]:
    """Read the newest cases of applications, where they have ended; their rows are locked."""
    rows = await tx.fetch(
        """
        SELECT case_id, application_id, tracking_number, public_service_id, ministry, citizen_id,
               state, revision, office, shown, submitted_at, due_on, attempt, other_open,
               trace_context, waits_for, closed_at, erased, due_days, deadline,
               is_promised
          FROM cases AS ended
         WHERE application_id = ANY($1::uuid[]) AND status = 'ended'
           AND NOT EXISTS (SELECT FROM cases AS other
                            WHERE other.application_id = ended.application_id
                              AND (other.status <> 'ended' OR other.closed_at > ended.closed_at))
         ORDER BY case_id
           FOR UPDATE
        """,
        list(application_ids),
    )
    return {row["application_id"]: file_of(tx, row) for row in rows}


async def find_closed(tx: Transaction, application_ids: Collection[UUID]) -> set[UUID]:
    """Return those applications that have a case, which has ended."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT application_id
          FROM cases
         WHERE application_id = ANY($1::uuid[]) AND status = 'ended'
        """,
        list(application_ids),
    )
    return {row["application_id"] for row in rows}


async def lock_cases(tx: Transaction, case_ids: Collection[UUID]) -> dict[UUID, CaseFile]:
    """Read cases; their rows are locked."""
    rows = await tx.fetch(
        """
        SELECT case_id, application_id, tracking_number, public_service_id, ministry, citizen_id,
               state, revision, office, shown, submitted_at, due_on, attempt, other_open,
               trace_context, waits_for, closed_at, erased, due_days, deadline,
               is_promised
          FROM cases
         WHERE case_id = ANY($1::uuid[])
         ORDER BY case_id
           FOR UPDATE
        """,
        list(case_ids),
    )
    return {row["case_id"]: file_of(tx, row) for row in rows}


async def read_cases(tx: Transaction, case_ids: Collection[UUID]) -> dict[UUID, CaseFile]:
    """Read cases; their rows are not locked."""
    rows = await tx.fetch(
        """
        SELECT case_id, application_id, tracking_number, public_service_id, ministry, citizen_id,
               state, revision, office, shown, submitted_at, due_on, attempt, other_open,
               trace_context, waits_for, closed_at, erased, due_days, deadline,
               is_promised
          FROM cases
         WHERE case_id = ANY($1::uuid[])
        """,
        list(case_ids),
    )
    return {row["case_id"]: file_of(tx, row) for row in rows}


async def find_after(tx: Transaction, case_id: UUID, limit: int) -> list[UUID]:
    """Return the next cases behind one in the order of their ids, without those of the erased."""
    rows = await tx.fetch(
        """
        SELECT case_id FROM cases WHERE case_id > $1 AND NOT erased ORDER BY case_id LIMIT $2
        """,
        case_id,
        limit,
    )
    return [row["case_id"] for row in rows]


async def count_open_of(tx: Transaction, workflow: str, version: int) -> int:
    """Count the open cases of a version of a workflow."""
    found: int = await tx.fetchval(
        """
        SELECT count(*) FROM cases WHERE workflow = $1 AND version = $2 AND status <> 'ended'
        """,
        workflow,
        version,
    )
    return found


async def find_open_of(
    tx: Transaction, workflow: str, version: int, after: UUID, limit: int
) -> list[UUID]:
    """Return the next open cases of a version of a workflow, in the order of their ids."""
    rows = await tx.fetch(
        """
        SELECT case_id
          FROM cases
         WHERE workflow = $1 AND version = $2 AND status <> 'ended' AND case_id > $3
         ORDER BY case_id
         LIMIT $4
        """,
        workflow,
        version,
        after,
        limit,
    )
    return [row["case_id"] for row in rows]


async def read_revisions(tx: Transaction, case_ids: Collection[UUID]) -> dict[UUID, int]:
    """Read the revisions of cases."""
    rows = await tx.fetch(
        "SELECT case_id, revision FROM cases WHERE case_id = ANY($1::uuid[])", list(case_ids)
    )
    return {row["case_id"]: row["revision"] for row in rows}


async def find_case(tx: Transaction, case_id: UUID, ministry: str | None) -> CaseFile | None:
    """Read a case of a ministry, or of any one for None; its row is not locked."""
    row = await tx.fetchrow(
        """
        SELECT case_id, application_id, tracking_number, public_service_id, ministry, citizen_id,
               state, revision, office, shown, submitted_at, due_on, attempt, other_open,
               trace_context, waits_for, closed_at, erased, due_days, deadline,
               is_promised
          FROM cases
         WHERE case_id = $1 AND ($2::text IS NULL OR ministry = $2)
        """,
        case_id,
        ministry,
    )
    return file_of(tx, row, ministry) if row else None


async def find_ended(tx: Transaction, tracking_number: str, ministry: str) -> list[CaseFile]:
    """Read a ministry's cases of a number that have ended, with its key, the newest first."""
    rows = await tx.fetch(
        """
        SELECT case_id, application_id, tracking_number, public_service_id, ministry, citizen_id,
               state, revision, office, shown, submitted_at, due_on, attempt, other_open,
               trace_context, waits_for, closed_at, erased, due_days, deadline,
               is_promised
          FROM cases
         WHERE tracking_number = $1 AND ministry = $2 AND status = 'ended'
         ORDER BY closed_at DESC, case_id
        """,
        tracking_number,
        ministry,
    )
    return [file_of(tx, row, ministry) for row in rows]


async def find_ministry(tx: Transaction, case_id: UUID) -> str | None:
    """Return whose case this is; None if there is no such case."""
    found: str | None = await tx.fetchval("SELECT ministry FROM cases WHERE case_id = $1", case_id)
    return found


async def read_cases_of(
    tx: Transaction, citizen_id: UUID, tracking_number: str
) -> dict[UUID, CaseFile]:
    """Read the cases of a citizen's application; their rows are not locked."""
    rows = await tx.fetch(
        """
        SELECT case_id, application_id, tracking_number, public_service_id, ministry, citizen_id,
               state, revision, office, shown, submitted_at, due_on, attempt, other_open,
               trace_context, waits_for, closed_at, erased, due_days, deadline,
               is_promised
          FROM cases
         WHERE tracking_number = $1 AND citizen_id = $2
        """,
        tracking_number,
        citizen_id,
    )
    return {row["case_id"]: file_of(tx, row) for row in rows}


async def lock_table(tx: Transaction) -> None:
    """Wait for transactions that change cases at this moment; later ones wait for this one."""
    await tx.execute("LOCK TABLE cases IN EXCLUSIVE MODE")


async def wait_for_erasure(tx: Transaction) -> None:
    """Wait for an erasure that runs at this moment; a later one waits for this transaction."""
    await tx.execute("LOCK TABLE cases IN ROW EXCLUSIVE MODE")


async def find_cases_of(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Return the ids of all cases of a citizen."""
    rows = await tx.fetch("SELECT case_id FROM cases WHERE citizen_id = $1", citizen_id)
    return [row["case_id"] for row in rows]


async def find_cases_of_citizens(
    tx: Transaction, citizen_ids: Collection[UUID]
) -> dict[UUID, UUID]:
    """Return the ids of all cases of citizens, with their citizens."""
    rows = await tx.fetch(
        "SELECT case_id, citizen_id FROM cases WHERE citizen_id = ANY($1::uuid[])",
        list(citizen_ids),
    )
    return {row["case_id"]: row["citizen_id"] for row in rows}


async def empty_cases(tx: Transaction, files: Sequence[CaseFile]) -> None:
    """Delete all that ended cases hold; each gets a citizen_id that belongs to nobody.

    Args:
        tx: the transaction.
        files: the cases, with the states that stay.
    """
    await tx.execute(
        """
        WITH emptied AS (
            SELECT * FROM unnest($1::uuid[], $2::text[]) AS emptied (case_id, state)
        ), contents AS (
            DELETE FROM case_content WHERE case_id IN (SELECT case_id FROM emptied)
        ), entries AS (
            DELETE FROM history WHERE case_id IN (SELECT case_id FROM emptied)
        ), actors AS (
            DELETE FROM sides WHERE case_id IN (SELECT case_id FROM emptied)
        )
        UPDATE cases
           SET citizen_id = gen_random_uuid(), state = emptied.state, trace_context = NULL,
               erased = true
          FROM emptied
         WHERE cases.case_id = emptied.case_id
        """,
        [file.case_id for file in files],
        [sealed_state(tx, file) for file in files],
    )


async def seal_cases(tx: Transaction, citizen_id: UUID) -> int:
    """Give each case of a citizen a citizen_id that belongs to nobody; return how many."""
    return await tx.execute(
        """
        UPDATE cases
           SET citizen_id = gen_random_uuid(), trace_context = NULL, erased = true
         WHERE citizen_id = $1
        """,
        citizen_id,
    )


async def lock_sealed(
    tx: Transaction, workflow: str, closed_before: datetime, limit: int
) -> list[UUID]:
    """Lock cases of erased citizens that ended before a time; return them, the oldest first."""
    rows = await tx.fetch(
        """
        SELECT case_id
          FROM cases
         WHERE erased AND workflow = $1 AND closed_at < $2
         ORDER BY closed_at
         LIMIT $3
           FOR UPDATE SKIP LOCKED
        """,
        workflow,
        closed_before,
        limit,
    )
    return [row["case_id"] for row in rows]


async def delete_cases(tx: Transaction, case_ids: Collection[UUID]) -> None:
    """Delete ended cases with their forms and histories; nothing else may refer to them."""
    await tx.execute(
        """
        WITH ended AS (
            SELECT case_id FROM unnest($1::uuid[]) AS ended (case_id)
        ), contents AS (
            DELETE FROM case_content WHERE case_id IN (SELECT case_id FROM ended)
        ), entries AS (
            DELETE FROM history WHERE case_id IN (SELECT case_id FROM ended)
        ), actors AS (
            DELETE FROM sides WHERE case_id IN (SELECT case_id FROM ended)
        )
        DELETE FROM cases WHERE case_id IN (SELECT case_id FROM ended)
        """,
        list(case_ids),
    )


async def read_contents(tx: Transaction, files: Collection[CaseFile]) -> dict[UUID, Content]:
    """Read what was submitted last for cases."""
    ministries = {file.case_id: file.ministry for file in files}
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (case_id)
               case_id, submission_id, submitted_at, form_version, form_origin, form, documents,
               mandate
          FROM case_content
         WHERE case_id = ANY($1::uuid[])
         ORDER BY case_id, submitted_at DESC
        """,
        list(ministries),
    )
    return {row["case_id"]: content_of(tx, row, ministries[row["case_id"]]) for row in rows}


async def read_history(tx: Transaction, case_id: UUID, ministry: str) -> list[Entry]:
    """Read the history of a ministry's case, in its order."""
    rows = await tx.fetch(
        """
        SELECT entry_id, entry_no, at, type, actor_id, office_id, detail
          FROM history
         WHERE case_id = $1
         ORDER BY entry_no
        """,
        case_id,
    )
    return [entry_of(tx, row, ministry) for row in rows]


async def insert_cases(tx: Transaction, changes: Sequence[Change]) -> None:
    """Insert new cases; what they lead to is written by `save_effects`."""
    await tx.execute(
        """
        INSERT INTO cases (
               case_id, application_id, tracking_number, public_service_id, ministry, citizen_id,
               workflow, submitted_at, attempt, other_open, trace_context, published_at,
               version, step, visit, status, outcome, revision, state, office, shown, waits_for,
               closed_at, due_on, deadline, is_promised)
        SELECT *
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[],
                      $7::text[], $8::timestamptz[], $9::bigint[], $10::bigint[], $11::text[],
                      $12::timestamptz[], $13::bigint[], $14::text[], $15::bigint[], $16::text[],
                      $17::text[], $18::bigint[], $19::text[], $20::text[], $21::text[],
                      $22::text[], $23::timestamptz[], $24::date[], $25::text[], $26::boolean[])
            AS new (case_id, application_id, tracking_number, public_service_id, ministry,
                    citizen_id, workflow, submitted_at, attempt, other_open, trace_context,
                    published_at, version, step, visit, status, outcome, revision, state, office,
                    shown, waits_for, closed_at, due_on, deadline, is_promised)
        """,
        *columns(NewRow, [_new_row(tx, change.file) for change in changes]),
    )


def _new_row(tx: Transaction, file: CaseFile) -> NewRow:
    changed = _changed_row(tx, file)._asdict()
    del changed["before"]
    return NewRow(
        application_id=file.application_id,
        tracking_number=file.tracking_number,
        public_service_id=file.public_service_id,
        ministry=file.ministry,
        citizen_id=file.citizen_id,
        workflow=file.state.workflow,
        submitted_at=file.submitted_at,
        attempt=file.attempt,
        other_open=file.other_open,
        trace_context=file.trace.text() if file.trace else None,
        published_at=file.published_at,
        **changed,
    )


def _changed_row(tx: Transaction, file: CaseFile) -> ChangedRow:
    state = file.state
    return ChangedRow(
        case_id=file.case_id,
        before=file.revision - 1,
        version=state.version,
        step=state.step,
        visit=state.visit,
        status=state.status,
        outcome=state.outcome,
        revision=file.revision,
        state=sealed_state(tx, file),
        office=file.office.model_dump_json() if file.office else None,
        shown=file.shown.model_dump_json() if file.shown else None,
        waits_for=file.waits_for,
        closed_at=file.closed_at,
        due_on=file.due_on,
        deadline=file.deadline.text(),
        is_promised=file.is_promised,
    )


def _entry_row(tx: Transaction, file: CaseFile, entry: Entry) -> EntryRow:
    return EntryRow(
        case_id=file.case_id,
        entry_id=entry.entry_id,
        entry_no=entry.entry_no,
        at=entry.at,
        type=entry.event.type,
        actor_id=entry.actor_id,
        office_id=entry.office_id,
        detail=sealed_detail(tx, file, entry),
    )


async def look_again(tx: Transaction, case_id: UUID) -> None:
    """Let the clocks of a case that have run out be carried out now."""
    await tx.execute("UPDATE timers SET again_at = NULL WHERE case_id = $1", case_id)


async def save_state(tx: Transaction, case_id: UUID, ministry: str, state: Case) -> None:
    """Store where a ministry's case is, whatever was stored before."""
    await tx.execute(
        "UPDATE cases SET state = $2 WHERE case_id = $1",
        case_id,
        sealed_case(tx, case_id, ministry, state),
    )


async def insert_contents(tx: Transaction, contents: Sequence[tuple[CaseFile, Content]]) -> None:
    """Insert what was submitted for cases; a repeat changes nothing."""
    await tx.execute(
        """
        INSERT INTO case_content (
               case_id, submission_id, submitted_at, form_version, form_origin, form, documents,
               mandate)
        SELECT *
          FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::bigint[], $5::text[],
                      $6::text[], $7::text[], $8::text[])
            ON CONFLICT (case_id, submission_id) DO NOTHING
        """,
        [file.case_id for file, _ in contents],
        [content.submission_id for _, content in contents],
        [content.submitted_at for _, content in contents],
        [content.form_version for _, content in contents],
        [content.form_origin for _, content in contents],
        [sealed_form(tx, file, content) for file, content in contents],
        [documents_as_json(content) for _, content in contents],
        [content.mandate.model_dump_json() if content.mandate else None for _, content in contents],
    )


async def update_cases(tx: Transaction, changes: Sequence[Change]) -> set[UUID]:
    """Store changed cases, where the revision is still the one that was read; return which."""
    rows = await tx.fetch(
        """
        UPDATE cases
           SET version = new.version, step = new.step, visit = new.visit, status = new.status,
               outcome = new.outcome, revision = new.revision, state = new.state,
               office = new.office, shown = new.shown, waits_for = new.waits_for,
               closed_at = new.closed_at, due_on = new.due_on, deadline = new.deadline,
               is_promised = new.is_promised
          FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[],
                      $7::text[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[],
                      $13::timestamptz[], $14::date[], $15::text[], $16::boolean[])
               AS new (case_id, before, version, step, visit, status, outcome, revision, state,
                       office, shown, waits_for, closed_at, due_on, deadline, is_promised)
         WHERE cases.case_id = new.case_id AND cases.revision = new.before
        RETURNING cases.case_id
        """,
        *columns(ChangedRow, [_changed_row(tx, change.file) for change in changes]),
    )
    return {row["case_id"] for row in rows}


async def save_effects(tx: Transaction, changes: Sequence[Change]) -> None:
    """Write the histories of changed cases, and make the clocks those that they have now.

    A clock of the same visit runs on.
    """
    entries = [(change.file, entry) for change in changes for entry in change.entries]
    timers = [(change.file, timer) for change in changes for timer in change.timers]
    await tx.execute(
        """
        INSERT INTO history (
               case_id, entry_id, entry_no, at, type, actor_id, office_id, detail)
        SELECT *
          FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::text[],
                      $6::uuid[], $7::text[], $8::text[])
            AS new (case_id, entry_id, entry_no, at, type, actor_id, office_id, detail)
        """,
        *columns(EntryRow, [_entry_row(tx, file, entry) for file, entry in entries]),
    )
    case_ids = [change.file.case_id for change in changes]
    await _save_timers(tx, case_ids, timers)


async def _save_timers(
    tx: Transaction, case_ids: Sequence[UUID], timers: Sequence[tuple[CaseFile, Any]]
) -> None:
    await tx.execute(
        """
        WITH given AS (
            SELECT *
              FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::timestamptz[], $6::boolean[],
                          $7::date[], $8::bigint[])
                   AS given (case_id, kind, visit, due_at, is_moved, begins_on, days)
        ), over AS (
            DELETE FROM timers
             WHERE case_id = ANY($1::uuid[])
               AND (case_id, kind) NOT IN (SELECT case_id, kind FROM given)
        )
        INSERT INTO timers (case_id, kind, visit, due_at, begins_on, days)
        SELECT case_id, kind, visit, due_at, begins_on, days FROM given
            ON CONFLICT (case_id, kind) DO UPDATE
           SET visit = excluded.visit, due_at = excluded.due_at, begins_on = excluded.begins_on,
               days = excluded.days, again_at = NULL
         WHERE timers.visit <> excluded.visit
            OR EXISTS (SELECT FROM given
                        WHERE (given.case_id, given.kind) = (timers.case_id, timers.kind)
                          AND given.is_moved)
        """,
        case_ids,
        [file.case_id for file, _ in timers],
        [timer.kind for _, timer in timers],
        [file.state.visit for file, _ in timers],
        [timer.due_at for _, timer in timers],
        [timer.is_moved for _, timer in timers],
        [timer.begins_on for _, timer in timers],
        [timer.days for _, timer in timers],
    )


async def find_open_after(
    tx: Transaction, application_id: UUID, limit: int
) -> list[tuple[UUID, UUID]]:
    """Return the next open cases in the order of their applications: application and case."""
    rows = await tx.fetch(
        """
        SELECT application_id, case_id
          FROM cases
         WHERE status <> 'ended' AND application_id > $1
         ORDER BY application_id
         LIMIT $2
        """,
        application_id,
        limit,
    )
    return [(row["application_id"], row["case_id"]) for row in rows]


async def read_timers(tx: Transaction, case_ids: Collection[UUID]) -> dict[UUID, list[Timer]]:
    """Read the clocks of cases."""
    rows = await tx.fetch(
        """
        SELECT case_id, kind, due_at, begins_on, days
          FROM timers
         WHERE case_id = ANY($1::uuid[])
        """,
        list(case_ids),
    )
    timers: dict[UUID, list[Timer]] = {case_id: [] for case_id in case_ids}
    for row in rows:
        values = dict(row)
        timers[values.pop("case_id")].append(Timer(**values))
    return timers


async def insert_side(
    tx: Transaction, case_id: UUID, steps: str, step: str, actor_id: UUID
) -> bool:
    """Note on which side of two steps somebody acted; return False if it was the other one."""
    found = await tx.fetchval(
        """
        INSERT INTO sides (case_id, steps, actor_id, step)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (case_id, steps, actor_id) DO UPDATE SET step = excluded.step
         WHERE sides.step = excluded.step
        RETURNING true
        """,
        case_id,
        steps,
        actor_id,
        step,
    )
    return found is not None


async def lock_due_cases(
    tx: Transaction, at: datetime, kinds: Collection[str], limit: int
) -> list[tuple[UUID, str, int]]:
    """Lock cases of which a clock has run out; return them with clock and visit, oldest first.

    Cases that somebody else has locked are passed over; their clocks stay.
    """
    rows = await tx.fetch(
        """
        SELECT timers.case_id, kind, timers.visit
          FROM timers
          JOIN cases USING (case_id)
         WHERE due_at <= $1 AND kind = ANY($3::text[]) AND (again_at IS NULL OR again_at <= $1)
         ORDER BY due_at
         LIMIT $2
           FOR UPDATE OF cases, timers SKIP LOCKED
        """,
        at,
        limit,
        list(kinds),
    )
    return [(row["case_id"], row["kind"], row["visit"]) for row in rows]


async def put_off(
    tx: Transaction, case_ids: Collection[UUID], before: datetime, to: datetime
) -> None:
    """Set when clocks of cases that have run out are looked at again."""
    await tx.execute(
        "UPDATE timers SET again_at = $3 WHERE case_id = ANY($1::uuid[]) AND due_at <= $2",
        list(case_ids),
        before,
        to,
    )
