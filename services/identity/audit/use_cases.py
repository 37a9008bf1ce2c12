"""The audit log: which operator did what to which account or key."""

from libs.database.transaction import Transaction
from services.identity.audit import queries


async def record_action(tx: Transaction, *, actor: str, action: str, subject: str) -> None:
    """Record who did what to whom, in the transaction of the action itself."""
    await queries.insert_audit_entry(tx, actor=actor, action=action, subject=subject)
