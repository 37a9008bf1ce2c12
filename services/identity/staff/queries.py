"""SQL of the accounts of officers and operators."""

from datetime import datetime
from uuid import UUID

from libs.contracts.identity import StaffRole
from libs.database.transaction import Transaction
from services.identity.staff.rules import Login, LoginOutcome, Staff


async def insert_staff(tx: Transaction, staff: Staff) -> bool:
    """Insert an account; return whether the username was free."""
    inserted = await tx.execute(
        """
        INSERT INTO staff (staff_id, username, role, ministry, password_hash, password_expires_at,
                           office_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (username) DO NOTHING
        """,
        staff.staff_id,
        staff.username,
        staff.role,
        staff.ministry,
        staff.password_hash,
        staff.password_expires_at,
        staff.office_id,
    )
    return inserted == 1


async def lock_staff(tx: Transaction, username: str) -> Staff | None:
    """Read an account by username, and lock its row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT staff_id, username, role, ministry, password_hash, active, attempts_left,
               paused_until, password_expires_at, office_id
          FROM staff
         WHERE username = $1
           FOR NO KEY UPDATE
        """,
        username,
    )
    if row is None:
        return None
    # A statement of its own: the one that waited for the lock still sees the area of before.
    area = await tx.fetchval("SELECT area FROM offices WHERE office_id = $1", row["office_id"])
    return Staff(**row, area=area)


async def lock_officers(tx: Transaction, office_id: str) -> list[Staff]:
    """Read the officers of an office by username, and lock their rows until the transaction ends.

    The caller has locked the office, whose area is not read here.
    """
    rows = await tx.fetch(
        """
        SELECT staff_id, username, role, ministry, password_hash, active, attempts_left,
               paused_until, password_expires_at, office_id
          FROM staff
         WHERE office_id = $1
         ORDER BY username
           FOR NO KEY UPDATE
        """,
        office_id,
    )
    return [Staff(**row) for row in rows]


async def update_staff(tx: Transaction, staff: Staff) -> None:
    """Store an account's password, attempts and active flag."""
    await tx.execute(
        """
        UPDATE staff SET password_hash = $2, active = $3, attempts_left = $4, paused_until = $5,
               password_expires_at = $6
         WHERE staff_id = $1
        """,
        staff.staff_id,
        staff.password_hash,
        staff.active,
        staff.attempts_left,
        staff.paused_until,
        staff.password_expires_at,
    )


async def read_officers(tx: Transaction, *, after: str | None, limit: int | None) -> list[Staff]:
    """Read officers by username, behind one and up to a limit."""
    rows = await tx.fetch(
        """
        SELECT staff_id, username, role, staff.ministry, password_hash, active, attempts_left,
               paused_until, password_expires_at, office_id, area
          FROM staff
          LEFT JOIN offices USING (office_id)
         WHERE role = 'officer' AND ($1::text IS NULL OR username > $1)
         ORDER BY username
         LIMIT $2
        """,
        after,
        limit,
    )
    return [Staff(**row) for row in rows]


async def update_post(tx: Transaction, staff: Staff) -> None:
    """Store where an officer works."""
    await tx.execute(
        "UPDATE staff SET ministry = $2, office_id = $3 WHERE staff_id = $1",
        staff.staff_id,
        staff.ministry,
        staff.office_id,
    )


async def read_username(
    tx: Transaction, staff_id: UUID, role: StaffRole | None = None
) -> str | None:
    """Read the username of an account; None if the id is unknown, or of another role."""
    username: str | None = await tx.fetchval(
        "SELECT username FROM staff WHERE staff_id = $1 AND ($2::text IS NULL OR role = $2)",
        staff_id,
        role,
    )
    return username


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
