"""SQL of officers and operators, and of the audit of commands."""

from libs.database.transaction import Transaction
from services.identity.domain.staff import Staff


async def add_staff(tx: Transaction, staff: Staff) -> bool:
    """Add an officer or operator; returns whether the username was free."""
    return (
        await tx.execute(
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
        == 1
    )


async def lock_staff(tx: Transaction, username: str) -> Staff | None:
    """Read an officer or operator and hold the row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT staff_id, username, role, ministry, password_hash, active, tries_left, paused_until
          FROM staff
         WHERE username = $1
           FOR NO KEY UPDATE
        """,
        username,
    )
    return Staff(**row) if row else None


async def save_staff(tx: Transaction, staff: Staff) -> None:
    """Write an account's password, tries and whether it is active back."""
    await tx.execute(
        """
        UPDATE staff SET password_hash = $2, active = $3, tries_left = $4, paused_until = $5
         WHERE staff_id = $1
        """,
        staff.staff_id,
        staff.password_hash,
        staff.active,
        staff.tries_left,
        staff.paused_until,
    )


async def add_audit(tx: Transaction, *, actor: str, action: str, subject: str) -> None:
    """Write down who did what to whom."""
    await tx.execute(
        "INSERT INTO audit (actor, action, subject) VALUES ($1, $2, $3)", actor, action, subject
    )
