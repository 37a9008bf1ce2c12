"""SQL of lists of pools."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import orjson

from libs.contracts.pools import PoolListState
from libs.database.rows import columns
from libs.database.transaction import Transaction
from services.cases.officers.rules import Officer
from services.cases.pools.encrypted import DETAIL
from services.cases.pools.rules import Listed, PoolKey, PoolList


class ListedRow(NamedTuple):
    """A case on a list."""

    case_id: UUID
    row_id: UUID
    row_no: int
    ministry: str
    tracking_number: str
    visit: int
    place: int
    result: str
    detail: str


async def insert_list(tx: Transaction, drawn: PoolList) -> bool:
    """Store a list; return False if another one of its group is under way."""
    inserted = await tx.execute(
        """
        INSERT INTO pool_lists (
               list_id, office_id, ministry, duty, workflow_key, step, pool_group, quota, state,
               drawn_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT DO NOTHING
        """,
        drawn.list_id,
        drawn.office_id,
        drawn.ministry,
        drawn.key.duty,
        drawn.key.workflow_key,
        drawn.key.step,
        drawn.key.group,
        drawn.quota,
        drawn.state,
        drawn.drawn_at,
    )
    return inserted == 1


async def insert_cases(tx: Transaction, list_id: UUID, cases: Sequence[Listed]) -> None:
    """Store the cases of a list."""
    rows = [
        ListedRow(
            case.case_id,
            case.row_id,
            case.row_no,
            case.ministry,
            case.tracking_number,
            case.visit,
            case.place,
            case.result,
            _sealed(tx, case),
        )
        for case in cases
    ]
    await tx.execute(
        """
        INSERT INTO pool_list_cases (
               list_id, case_id, row_id, row_no, ministry, tracking_number, visit, place, result,
               detail)
        SELECT $1, given.*
          FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::bigint[],
                      $8::bigint[], $9::text[], $10::text[])
               AS given (case_id, row_id, row_no, ministry, tracking_number, visit, place, result,
                         detail)
        """,
        list_id,
        *columns(ListedRow, rows),
    )


async def lock_list(tx: Transaction, list_id: UUID) -> PoolList | None:
    """Read a list; its row is locked."""
    row = await tx.fetchrow(
        """
        SELECT list_id, office_id, ministry, duty, workflow_key, step, pool_group, quota, state,
               drawn_at, ended_at
          FROM pool_lists
         WHERE list_id = $1
           FOR UPDATE
        """,
        list_id,
    )
    return _list_of(row) if row else None


async def lock_next_list(tx: Transaction) -> PoolList | None:
    """Lock the list that was drawn first, of those that are carried out."""
    row = await tx.fetchrow(
        """
        SELECT list_id, office_id, ministry, duty, workflow_key, step, pool_group, quota, state,
               drawn_at, ended_at
          FROM pool_lists
         WHERE state = 'placing'
         ORDER BY drawn_at
         LIMIT 1
           FOR UPDATE SKIP LOCKED
        """
    )
    return _list_of(row) if row else None


async def read_lists(tx: Transaction, officer: Officer, limit: int) -> list[PoolList]:
    """Read the last lists of an officer's office and duties, the newest first."""
    rows = await tx.fetch(
        """
        SELECT list_id, office_id, ministry, duty, workflow_key, step, pool_group, quota, state,
               drawn_at, ended_at
          FROM pool_lists
         WHERE office_id = $1 AND ministry = $2 AND duty = ANY($3::text[])
         ORDER BY list_id DESC
         LIMIT $4
        """,
        officer.office_id,
        officer.ministry,
        list(officer.duties),
        limit,
    )
    return [_list_of(row) for row in rows]


async def update_list(
    tx: Transaction, list_id: UUID, state: PoolListState, ended_at: datetime | None = None
) -> None:
    """Store how far a list has come."""
    await tx.execute(
        "UPDATE pool_lists SET state = $2, ended_at = $3 WHERE list_id = $1",
        list_id,
        state,
        ended_at,
    )


async def read_cases(tx: Transaction, list_id: UUID, after: int, limit: int) -> list[Listed]:
    """Read the next cases of a list, in their order; one whose facts are damaged has none."""
    rows = await tx.fetch(
        """
        SELECT case_id, row_id, row_no, ministry, tracking_number, visit, place, result, by_choice,
               done, detail
          FROM pool_list_cases
         WHERE list_id = $1 AND row_no > $2
         ORDER BY row_no
         LIMIT $3
        """,
        list_id,
        after,
        limit,
    )
    return [_listed(tx, row) for row in rows]


async def read_tied(tx: Transaction, list_id: UUID) -> list[Listed]:
    """Read the cases of a list between which a person has to decide."""
    rows = await tx.fetch(
        """
        SELECT case_id, row_id, row_no, ministry, tracking_number, visit, place, result, by_choice,
               done, detail
          FROM pool_list_cases
         WHERE list_id = $1 AND result = 'tied'
         ORDER BY row_no
        """,
        list_id,
    )
    return [_listed(tx, row) for row in rows]


async def read_next(tx: Transaction, list_id: UUID, limit: int) -> list[Listed]:
    """Read the next cases of a list of which nothing has become yet."""
    rows = await tx.fetch(
        """
        SELECT case_id, row_id, row_no, ministry, tracking_number, visit, place, result, by_choice,
               done, detail
          FROM pool_list_cases
         WHERE list_id = $1 AND done IS NULL
         ORDER BY row_no
         LIMIT $2
        """,
        list_id,
        limit,
    )
    return [_listed(tx, row) for row in rows]


async def read_visits(tx: Transaction, list_id: UUID) -> dict[UUID, int]:
    """Read the cases of a list with their visits."""
    rows = await tx.fetch("SELECT case_id, visit FROM pool_list_cases WHERE list_id = $1", list_id)
    return {row["case_id"]: row["visit"] for row in rows}


async def count_cases(tx: Transaction, list_id: UUID) -> Counter[tuple[str, str | None]]:
    """Count the cases of a list by result and by what became of them."""
    rows = await tx.fetch(
        """
        SELECT result, done, count(*) AS cases
          FROM pool_list_cases
         WHERE list_id = $1
         GROUP BY result, done
        """,
        list_id,
    )
    return Counter({(row["result"], row["done"]): row["cases"] for row in rows})


async def save_chosen(tx: Transaction, cases: Sequence[Listed]) -> None:
    """Store how a person decided between tied cases; damaged facts stay as they are."""
    await tx.execute(
        """
        UPDATE pool_list_cases
           SET result = given.result, by_choice = true,
               detail = coalesce(given.detail, pool_list_cases.detail)
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
               AS given (case_id, row_id, result, detail)
         WHERE (pool_list_cases.case_id, pool_list_cases.row_id) = (given.case_id, given.row_id)
        """,
        [case.case_id for case in cases],
        [case.row_id for case in cases],
        [case.result for case in cases],
        [None if case.seen is None else _sealed(tx, case) for case in cases],
    )


async def save_done(
    tx: Transaction, cases: Sequence[tuple[Listed, Literal["placed", "left"]]]
) -> None:
    """Store what became of cases of a list."""
    await tx.execute(
        """
        UPDATE pool_list_cases
           SET done = given.done
          FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS given (case_id, row_id, done)
         WHERE (pool_list_cases.case_id, pool_list_cases.row_id) = (given.case_id, given.row_id)
        """,
        [case.case_id for case, _ in cases],
        [case.row_id for case, _ in cases],
        [done for _, done in cases],
    )


async def delete_cases(tx: Transaction, case_ids: Collection[UUID]) -> int:
    """Delete cases from all lists; return how many rows."""
    return await tx.execute(
        "DELETE FROM pool_list_cases WHERE case_id = ANY($1::uuid[])", list(case_ids)
    )


def _list_of(row: Any) -> PoolList:
    values = dict(row)
    names = ("duty", "workflow_key", "step", "pool_group")
    return PoolList(key=PoolKey(*(values.pop(name) for name in names)), **values)


def _sealed(tx: Transaction, case: Listed) -> str:
    text = orjson.dumps(dict(case.seen or {})).decode()
    return tx.cipher.seal(DETAIL, case.row_id, text, owner=case.ministry)


def _listed(tx: Transaction, row: Any) -> Listed:
    values = dict(row)
    detail, _ = tx.cipher.try_open(
        DETAIL, values["row_id"], values.pop("detail"), owner=values["ministry"]
    )
    return Listed(seen=None if detail is None else orjson.loads(detail), **values)
