"""SQL of the audit log."""

from libs.database.transaction import Transaction


async def record_action(
    tx: Transaction, *, actor: str, action: str, subject: str, detail: str = ""
) -> None:
    """Add an action to the audit log, in the transaction of the action; the database has the time.

    Args:
        tx: the transaction of the action.
        actor: the operator's name, or `staff:` with the id of an account.
        action: a verb with its object, such as "set fee".
        subject: the id of the account, service, ministry or key.
        detail: the values before and after, or the reason; without personal data.
    """
    await tx.execute(
        "INSERT INTO audit_log (actor, action, subject, detail) VALUES ($1, $2, $3, $4)",
        actor,
        action,
        subject,
        detail,
    )
