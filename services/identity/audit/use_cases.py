"""The audit log of operators' actions on accounts and keys."""

from libs.database.transaction import Transaction
from services.identity.audit import queries


async def record_action(tx: Transaction, *, actor: str, action: str, subject: str) -> None:
    """Record an action, in the transaction of the action itself."""
    await queries.insert_audit_entry(tx, actor=actor, action=action, subject=subject)
