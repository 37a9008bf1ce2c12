"""SQL of the accounts of officers and operators."""

from libs.database.transaction import Transaction
from services.identity.staff.rules import Staff


async def insert_staff(tx: Transaction, staff: Staff) -> bool:
    """Insert an account; return whether the username was free."""
    inserted = await tx.execute(
        """
        INSERT INTO staff (staff_id, username, role, ministry, password_hash)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (username) DO NOTHING
        """,
        staff.staff_id,
        staff.username,
        staff.role,
        staff.ministry,
        staff.password_hash,
    )
    return inserted == 1


async def lock_staff(tx: Transaction, username: str) -> Staff | None:
    """Read an account by username, and lock its row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT staff_id, username, role, ministry, password_hash, active, attempts_left,
               paused_until
          FROM staff
         WHERE username = $1
           FOR NO KEY UPDATE
        """,
        username,
    )
    return Staff(**row) if row else None


async def update_staff(tx: Transaction, staff: Staff) -> None:
    """Store an account's password hash, attempts and active flag."""
    await tx.execute(
        """
        UPDATE staff SET password_hash = $2, active = $3, attempts_left = $4, paused_until = $5
         WHERE staff_id = $1
        """,
        staff.staff_id,
        staff.password_hash,
        staff.active,
        staff.attempts_left,
        staff.paused_until,
    )
