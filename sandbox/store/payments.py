"""What the payment provider began and ended."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sandbox.store.ledger import Connection, array


class PaymentRow(NamedTuple):
    """A payment that the provider began; `state` is pending, paid or failed."""

    payment_id: str
    idempotency_key: str
    reference: str
    amount_bdt: int
    state: str
    created_at: str


def first_payments(connection: Connection, keys: Collection[str]) -> dict[str, PaymentRow]:
    """Find the first payment under each idempotency key."""
    rows = connection.execute(
        """
        SELECT payment_id, idempotency_key, reference, amount_bdt, state, created_at
          FROM payments
         WHERE idempotency_key IN (SELECT value FROM json_each(?))
         ORDER BY payment_id DESC
        """,
        (array(list(keys)),),
    )
    return {row[1]: PaymentRow(*row) for row in rows}


def read_payment(connection: Connection, payment_id: str) -> PaymentRow | None:
    """Read one payment."""
    row = connection.execute(
        """
        SELECT payment_id, idempotency_key, reference, amount_bdt, state, created_at
          FROM payments
         WHERE payment_id = ?
        """,
        (payment_id,),
    ).fetchone()
    return PaymentRow(*row) if row else None


def insert_payments(connection: Connection, rows: Sequence[PaymentRow]) -> None:
    """Write payments that were begun."""
    connection.executemany(
        """
        INSERT INTO payments (payment_id, idempotency_key, reference, amount_bdt, state, created_at)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        rows,
    )


def end_payments(connection: Connection, states: Sequence[tuple[str, str]]) -> None:
    """Bring payments to the state of each (payment, state)."""
    connection.executemany("UPDATE payments SET state = ?2 WHERE payment_id = ?1", states)
