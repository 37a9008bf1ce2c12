"""SQL of the accounts of staff and their roles."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from libs.database.transaction import Transaction
from services.identity.staff.rules import (
    OF_MINISTRY,
    GivenRole,
    Login,
    LoginOutcome,
    Source,
    Staff,
    WrongLogins,
    forgotten_at,
)


async def insert_staff(tx: Transaction, staff: Staff) -> bool:
    """Insert an account with its roles; return whether the username was free."""
    inserted = await tx.execute(
        """
        INSERT INTO staff (staff_id, username, ministry, password_hash, password_expires_at,
                           office_id)
        VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (username) DO NOTHING
        """,
        staff.staff_id,
        staff.username,
        staff.ministry,
        staff.password_hash,
        staff.password_expires_at,
        staff.office_id,
    )
    if inserted:
        for role in staff.roles:
            await save_role(tx, staff.staff_id, role)
    return inserted == 1


async def save_role(tx: Transaction, staff_id: UUID, role: GivenRole) -> None:
    """Store a role of an account, replacing an earlier grant of it."""
    await tx.execute(
        """
        INSERT INTO staff_roles (staff_id, role, given_by, given_at, until, district)
        VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (staff_id, role) DO UPDATE
           SET given_by = excluded.given_by, given_at = excluded.given_at, until = excluded.until,
               district = excluded.district
        """,
        staff_id,
        role.role,
        role.given_by,
        role.given_at,
        role.until,
        role.district,
    )


async def delete_role(tx: Transaction, staff_id: UUID, role: str) -> bool:
    """Delete a role of an account; return whether there was one."""
    deleted = await tx.execute(
        "DELETE FROM staff_roles WHERE staff_id = $1 AND role = $2", staff_id, role
    )
    return deleted == 1


async def lock_staff(tx: Transaction, username: str) -> Staff | None:
    """Read an account by username, and lock its row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT staff_id, username, ministry, password_hash, active, password_expires_at, office_id
          FROM staff
         WHERE username = $1
           FOR NO KEY UPDATE
        """,
        username,
    )
    if row is None:
        return None
    # Statements of their own: the one that waited for the lock still sees area and roles of before.
    area = await tx.fetchval("SELECT area FROM offices WHERE office_id = $1", row["office_id"])
    roles = await tx.fetch(
        """
        SELECT role, given_by, given_at, until, district
          FROM staff_roles
         WHERE staff_id = $1
         ORDER BY role
        """,
        row["staff_id"],
    )
    return Staff(**row, roles=tuple(GivenRole(**role) for role in roles), area=area)


async def lock_officers(tx: Transaction, office_id: str, today: date) -> dict[UUID, str]:
    """Return the usernames of active accounts with a role at an office today, by id.

    Their rows are locked until the transaction ends.
    """
    rows = await tx.fetch(
        """
        SELECT staff_id, username
          FROM staff
         WHERE office_id = $1 AND active
           AND EXISTS (SELECT
                         FROM staff_roles AS given
                        WHERE given.staff_id = staff.staff_id AND given.role = ANY($2)
                          AND (given.until IS NULL OR given.until >= $3))
         ORDER BY username
           FOR NO KEY UPDATE
        """,
        office_id,
        list(OF_MINISTRY),
        today,
    )
    return {row["staff_id"]: row["username"] for row in rows}


async def update_staff(tx: Transaction, staff: Staff) -> None:
    """Store an account's password and active flag."""
    await tx.execute(
        """
        UPDATE staff SET password_hash = $2, active = $3, password_expires_at = $4
         WHERE staff_id = $1
        """,
        staff.staff_id,
        staff.password_hash,
        staff.active,
        staff.password_expires_at,
    )


async def read_officers(
    tx: Transaction, *, pattern: str | None, after: str | None, limit: int | None
) -> list[Staff]:
    """Read officers by username, after a username and up to a limit, with this role only.

    With `pattern`, only those whose username or office has it.
    """
    rows = await tx.fetch(
        """
        SELECT staff_id, username, staff.ministry, password_hash, active, password_expires_at,
               office_id, area, given_by, given_at, until
          FROM staff_roles
          JOIN staff USING (staff_id)
          LEFT JOIN offices USING (office_id)
         WHERE role = 'officer' AND ($1::text IS NULL OR username > $1)
           AND ($3::text IS NULL
                OR concat_ws(' ', username, office_id, name_bn, name_en) ILIKE $3)
         ORDER BY username
         LIMIT $2
        """,
        after,
        limit,
        pattern,
    )
    return [_officer(**row) for row in rows]


async def read_officers_at(tx: Transaction, office_id: str, today: date) -> dict[UUID, str]:
    """Read the usernames of the officers of an office on a day, by id."""
    rows = await tx.fetch(
        """
        SELECT staff_id, username
          FROM staff
          JOIN staff_roles AS given USING (staff_id)
         WHERE office_id = $1 AND active AND role = 'officer'
           AND (given.until IS NULL OR given.until >= $2)
         ORDER BY username
        """,
        office_id,
        today,
    )
    return {row["staff_id"]: row["username"] for row in rows}


async def update_post(tx: Transaction, staff: Staff) -> None:
    """Store where an officer works."""
    await tx.execute(
        "UPDATE staff SET ministry = $2, office_id = $3 WHERE staff_id = $1",
        staff.staff_id,
        staff.ministry,
        staff.office_id,
    )


async def read_username(tx: Transaction, staff_id: UUID, role: str | None = None) -> str | None:
    """Read the username of an account; None if the id is unknown, or never had the role."""
    username: str | None = await tx.fetchval(
        """
        SELECT username
          FROM staff
         WHERE staff_id = $1
           AND ($2::text IS NULL
                OR EXISTS (SELECT FROM staff_roles WHERE staff_id = $1 AND role = $2))
        """,
        staff_id,
        role,
    )
    return username


async def read_accounts(
    tx: Transaction,
    *,
    role: str | None,
    pattern: str | None,
    after: str | None,
    limit: int,
    staff_ids: Collection[UUID] | None = None,
) -> list[Staff]:
    """Read accounts with their roles by username, after a username and up to a limit.

    With `role`, only those that have or had it; with `pattern`, only usernames that have it; with
    `staff_ids`, only those accounts.
    """
    rows = await tx.fetch(
        """
        SELECT staff_id, username, ministry, password_hash, active, password_expires_at, office_id
          FROM staff
         WHERE ($1::text IS NULL OR username > $1)
           AND ($3::text IS NULL
                OR staff_id IN (SELECT staff_id FROM staff_roles WHERE role = $3))
           AND ($4::text IS NULL OR username ILIKE $4)
           AND ($5::uuid[] IS NULL OR staff_id = ANY($5))
         ORDER BY username
         LIMIT $2
        """,
        after,
        limit,
        role,
        pattern,
        staff_ids,
    )
    return await _with_roles(tx, rows)


async def read_people(tx: Transaction, staff_ids: Collection[UUID]) -> list[Staff]:
    """Read accounts with their roles by their ids."""
    rows = await tx.fetch(
        """
        SELECT staff_id, username, ministry, password_hash, active, password_expires_at, office_id
          FROM staff
         WHERE staff_id = ANY($1::uuid[])
        """,
        list(staff_ids),
    )
    return await _with_roles(tx, rows)


async def count_with_role(tx: Transaction, role: str, today: date) -> int:
    """Count the active accounts that have a role today."""
    counted: int = await tx.fetchval(
        """
        SELECT count(*)
          FROM staff_roles
          JOIN staff USING (staff_id)
         WHERE role = $1 AND active AND (until IS NULL OR until >= $2)
        """,
        role,
        today,
    )
    return counted


async def insert_login(
    tx: Transaction, staff_id: UUID | None, outcome: LoginOutcome, address: str, at: datetime
) -> None:
    """Add a login, good or bad, to the journal."""
    await tx.execute(
        "INSERT INTO staff_logins (at, staff_id, outcome, address) VALUES ($1, $2, $3, $4)",
        at,
        staff_id,
        outcome,
        address,
    )


async def read_logins(tx: Transaction, staff_id: UUID, *, limit: int) -> list[Login]:
    """Read the newest logins of an account, the newest first."""
    rows = await tx.fetch(
        """
        SELECT at, outcome, address FROM staff_logins
         WHERE staff_id = $1
         ORDER BY login_id DESC
         LIMIT $2
        """,
        staff_id,
        limit,
    )
    return [Login(**row) for row in rows]


async def delete_logins(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` logins from before a time; return how many."""
    return await tx.execute(
        """
        DELETE FROM staff_logins WHERE login_id = ANY(ARRAY(
            SELECT login_id FROM staff_logins WHERE at < $1
             ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED))
        """,
        before,
        limit,
    )


async def is_known(tx: Transaction, source: Source, at: datetime) -> bool:
    """Return whether a person has logged in from a source lately."""
    was_there: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM staff_attempts WHERE source = $1 AND known_until > $2)",
        _key(tx, source),
        at,
    )
    return was_there


async def lock_wrong_logins(
    tx: Transaction, sources: Collection[Source]
) -> dict[Source, WrongLogins]:
    """Create missing counts, lock all until the transaction ends, and return them."""
    by_key = {_key(tx, source): source for source in sources}
    rows = await tx.fetch(
        """
        INSERT INTO staff_attempts AS counted (source)
        SELECT source FROM unnest($1::bytea[]) AS wanted (source)
         ORDER BY source
            ON CONFLICT (source) DO UPDATE SET level = counted.level
        RETURNING source, level, counted_at
        """,
        list(by_key),
    )
    return {by_key[row["source"]]: WrongLogins(row["level"], row["counted_at"]) for row in rows}


async def save_wrong_logins(
    tx: Transaction,
    wrong: Mapping[Source, WrongLogins],
    *,
    logged_in_from: Collection[Source] = (),
    until: datetime | None = None,
) -> None:
    """Store counts of locked sources, and until when those in `logged_in_from` are known."""
    await tx.execute(
        """
        UPDATE staff_attempts
           SET level = new.level, counted_at = new.counted_at,
               known_until = CASE WHEN staff_attempts.source = ANY($5) THEN $6
                                  ELSE known_until END,
               delete_after = CASE WHEN staff_attempts.source = ANY($5) THEN $6
                                   ELSE greatest(new.delete_after, known_until) END
          FROM unnest($1::bytea[], $2::float8[], $3::timestamptz[], $4::timestamptz[])
               AS new (source, level, counted_at, delete_after)
         WHERE staff_attempts.source = new.source
        """,
        [_key(tx, source) for source in wrong],
        [count.level for count in wrong.values()],
        [count.counted_at for count in wrong.values()],
        [forgotten_at(source, count) for source, count in wrong.items()],
        [_key(tx, source) for source in logged_in_from],
        until,
    )


async def delete_wrong_logins(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` counts that delay nothing any more; return how many."""
    return await tx.execute(
        """
        DELETE FROM staff_attempts WHERE source = ANY(ARRAY(
            SELECT source FROM staff_attempts WHERE delete_after < $1
             ORDER BY delete_after LIMIT $2 FOR UPDATE SKIP LOCKED))
        """,
        before,
        limit,
    )


def _key(tx: Transaction, source: Source) -> bytes:
    """Return a keyed hash, since a username that was typed may be a password."""
    return tx.cipher.index(f"staff login {source.scope} {source.value}")


async def _with_roles(tx: Transaction, rows: Sequence[Record]) -> list[Staff]:
    given = await tx.fetch(
        """
        SELECT staff_id, role, given_by, given_at, until, district
          FROM staff_roles
         WHERE staff_id = ANY($1::uuid[])
         ORDER BY role
        """,
        [row["staff_id"] for row in rows],
    )
    roles: dict[UUID, list[GivenRole]] = {row["staff_id"]: [] for row in rows}
    for values in map(dict, given):
        roles[values.pop("staff_id")].append(GivenRole(**values))
    return [Staff(**row, roles=tuple(roles[row["staff_id"]])) for row in rows]


def _officer(given_by: str, given_at: datetime, until: date | None, **values: Any) -> Staff:
    return Staff(roles=(GivenRole("officer", given_by, given_at, until),), **values)
