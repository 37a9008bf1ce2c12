"""SQL of the audit log."""

from libs.database.transaction import Transaction


async def insert_audit_entry(tx: Transaction, *, actor: str, action: str, subject: str) -> None:
    """Add an entry to the audit log; the database sets its time."""
    await tx.execute(
        "INSERT INTO audit (actor, action, subject) VALUES ($1, $2, $3)", actor, action, subject
    )
