"""SQL of moves, of their counts, and of the applications that they change."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from libs.contracts.mandates import MandateEvidence
from libs.database.transaction import Transaction
from services.applications.forms.papers import read_references
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.encrypted import FORM
from services.applications.lifecycle.notes import application_of
from services.applications.moves.rules import Change, LastSubmission, Move


async def insert_move(tx: Transaction, move: Move) -> bool:
    """Insert a move; return whether no other one of its public service is under way."""
    inserted = await tx.execute(
        """
        INSERT INTO moves (move_id, public_service_id, on_day, state, cursor, planned_at,
                           planned_by, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT DO NOTHING
        """,
        move.move_id,
        move.public_service_id,
        move.on_day,
        move.state,
        move.cursor,
        move.planned_at,
        move.planned_by,
        move.reason,
    )
    return inserted == 1


async def update_move(tx: Transaction, move: Move) -> None:
    """Store how far a move has come."""
    await tx.execute(
        """
        UPDATE moves
           SET state = $2, cursor = $3, started_at = $4, started_by = $5, ended_at = $6
         WHERE move_id = $1
        """,
        move.move_id,
        move.state,
        move.cursor,
        move.started_at,
        move.started_by,
        move.ended_at,
    )


async def lock_move(tx: Transaction, move_id: UUID) -> Move | None:
    """Read a move and lock its row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT move_id, public_service_id, on_day, state, cursor, planned_at, planned_by, reason,
               started_at, started_by, ended_at
          FROM moves
         WHERE move_id = $1
           FOR UPDATE
        """,
        move_id,
    )
    return None if row is None else (await _with_counts(tx, [row]))[0]


async def lock_next_move(tx: Transaction, move_id: UUID | None) -> Move | None:
    """Lock a move that counts or moves; None if there is none, or another process has it.

    With an id only that move, else the one that was planned first.
    """
    row = await tx.fetchrow(
        """
        SELECT move_id, public_service_id, on_day, state, cursor, planned_at, planned_by, reason,
               started_at, started_by, ended_at
          FROM moves
         WHERE state IN ('counting', 'moving')
           AND ($1::uuid IS NULL OR move_id = $1)
         ORDER BY planned_at
         LIMIT 1
           FOR UPDATE SKIP LOCKED
        """,
        move_id,
    )
    return Move(**row) if row else None


async def read_moves(tx: Transaction, *, after: UUID | None, limit: int) -> list[Move]:
    """Read the last moves with their counts, the newest first.

    With `after`, those that stand behind this one.
    """
    rows = await tx.fetch(
        """
        SELECT move_id, public_service_id, on_day, state, cursor, planned_at, planned_by, reason,
               started_at, started_by, ended_at
          FROM moves
         WHERE $1::uuid IS NULL
            OR (planned_at, move_id) < (SELECT last.planned_at, last.move_id
                                          FROM moves AS last
                                         WHERE last.move_id = $1)
         ORDER BY planned_at DESC, move_id DESC
         LIMIT $2
        """,
        after,
        limit,
    )
    return await _with_counts(tx, rows)


async def add_counts(
    tx: Transaction, move_id: UUID, counts: Mapping[Change, int], *, is_done: bool
) -> None:
    """Add to the counts of a move."""
    await tx.execute(
        """
        INSERT INTO move_counts (move_id, is_done, from_ministry, from_office, to_ministry,
                                 to_office, applications)
        SELECT $1, $2, *
          FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
            ON CONFLICT (move_id, is_done, from_ministry, from_office, to_ministry, to_office)
            DO UPDATE SET applications = move_counts.applications + excluded.applications
        """,
        move_id,
        is_done,
        [change.from_ministry for change in counts],
        [change.from_office for change in counts],
        [change.to_ministry for change in counts],
        [change.to_office for change in counts],
        list(counts.values()),
    )


async def read_open_applications(
    tx: Transaction,
    move: Move,
    *,
    looked_at: int,
    limit: int,
) -> tuple[list[Application], UUID | None]:
    """Read the next open applications of a move's public service, in the order of their ids.

    Applications of all services are looked at by the primary key: an index for something so rare
    would cost every application.

    Args:
        tx: the transaction.
        move: after whose cursor to begin.
        looked_at: how many applications are looked at.
        limit: how many are returned at most.

    Returns:
        The applications, and the last that was looked at; None at the end.
    """
    rows = await tx.fetch(
        """
        WITH looked_at AS (
            SELECT *
              FROM applications
             WHERE application_id > $1
             ORDER BY application_id
             LIMIT $3
        ), found AS (
            SELECT application_id
              FROM looked_at
             WHERE public_service_id = $2
               AND status IN ('submitted', 'with_ministry', 'correction_requested')
               AND NOT erased
               AND ($5::timestamptz IS NULL OR submitted_at < $5)
             ORDER BY application_id
             LIMIT $4
        )
        SELECT application_id, tracking_number, citizen_id, public_service_id, ministry, status,
               submitted_at, due_on, service_centre_id, overdue, delayed, case_file_number,
               note_bn, note_en, trace_context, adapter, waits_for, office, form_origin,
               former_ministries, erased,
               application_id IN (SELECT application_id FROM found) AS is_found
          FROM looked_at
         WHERE application_id IN (SELECT application_id FROM found)
            OR application_id = (SELECT application_id
                                   FROM looked_at
                                  ORDER BY application_id DESC
                                  LIMIT 1)
         ORDER BY application_id
        """,
        move.cursor or UUID(int=0),
        move.public_service_id,
        looked_at,
        limit,
        move.submitted_before,
    )
    found = [_application(tx, row) for row in rows if row["is_found"]]
    if len(found) == limit:
        return found, found[-1].application_id
    return found, rows[-1]["application_id"] if rows else None


async def read_last_submissions(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, LastSubmission]:
    """Read the last submissions, by application; damaged ones are left out."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (application_id)
               application_id, submission_id, form, form_version, documents, evidence
          FROM submissions
          LEFT JOIN mandates USING (application_id)
         WHERE application_id = ANY($1::uuid[])
         ORDER BY application_id, submitted_at DESC
        """,
        list(application_ids),
    )
    opened = [(row, tx.cipher.try_open(FORM, row["submission_id"], row["form"])[0]) for row in rows]
    return {
        row["application_id"]: LastSubmission(
            orjson.loads(form),
            row["form_version"],
            read_references(row["documents"]),
            MandateEvidence.model_validate_json(row["evidence"]) if row["evidence"] else None,
        )
        for row, form in opened
        if form is not None
    }


async def read_told(tx: Transaction, move_id: UUID, citizen_ids: Collection[UUID]) -> set[UUID]:
    """Return the citizens, out of these, whose application a move has moved already."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT citizen_id
          FROM applications
         WHERE citizen_id = ANY($2::uuid[])
           AND EXISTS (SELECT
                         FROM moved_applications
                        WHERE moved_applications.application_id = applications.application_id
                          AND moved_applications.move_id = $1)
        """,
        move_id,
        list(citizen_ids),
    )
    return {row["citizen_id"] for row in rows}


async def save_moved(
    tx: Transaction,
    move: Move,
    moved: Sequence[tuple[Application, Application, Change]],
    at: datetime,
) -> None:
    """Store who was responsible for moved applications: before, after, change."""
    changes = [change for *_, change in moved]
    await tx.execute(
        """
        INSERT INTO moved_applications (application_id, move_id, moved_at, from_ministry,
                                        from_office, to_ministry, to_office, case_file_number)
        SELECT application_id, $1, $2, from_ministry, from_office, to_ministry, to_office,
               case_file_number
          FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
               AS given (application_id, from_ministry, from_office, to_ministry, to_office,
                         case_file_number)
        """,
        move.move_id,
        at,
        [before.application_id for before, *_ in moved],
        [change.from_ministry for change in changes],
        [change.from_office for change in changes],
        [change.to_ministry for change in changes],
        [change.to_office for change in changes],
        [before.case_file_number for before, *_ in moved],
    )


def _application(tx: Transaction, row: Any) -> Application:
    values = dict(row)
    values.pop("is_found")
    return application_of(tx, values)


async def _with_counts(tx: Transaction, rows: Sequence[Any]) -> list[Move]:
    moves = {row["move_id"]: Move(**row) for row in rows}
    counts = await tx.fetch(
        """
        SELECT move_id, is_done, from_ministry, from_office, to_ministry, to_office, applications
          FROM move_counts
         WHERE move_id = ANY($1::uuid[])
         ORDER BY from_ministry, from_office, to_ministry, to_office
        """,
        list(moves),
    )
    for row in counts:
        move = moves[row["move_id"]]
        counted: Counter[Change] = move.done if row["is_done"] else move.planned
        change = Change(
            row["from_ministry"], row["from_office"], row["to_ministry"], row["to_office"]
        )
        counted[change] += row["applications"]
    return list(moves.values())


async def delete_file_numbers_of(tx: Transaction, citizen_id: UUID) -> int:
    """Delete the case file numbers that a citizen's applications had; return how many."""
    return await tx.execute(
        """
        UPDATE moved_applications AS moved
           SET case_file_number = NULL
          FROM applications
         WHERE applications.application_id = moved.application_id
           AND citizen_id = $1 AND moved.case_file_number IS NOT NULL
        """,
        citizen_id,
    )
