from sandbox.store.ledger import Connection
from sandbox.store.payments import (
    PaymentRow,
    end_payments,
    first_payments,
    insert_payments,
    read_payment,
)

ROW = PaymentRow("payment", "key", "reference", 50, "pending", "now")


def test_a_payment_is_found_by_its_id_and_by_its_key(connection: Connection) -> None:
    """Both lead to the same payment, and unknown ones to none."""
    insert_payments(connection, [ROW])
    assert read_payment(connection, "payment") == ROW
    assert first_payments(connection, {"key", "other"}) == {"key": ROW}
    assert read_payment(connection, "other") is None


def test_a_payment_ends(connection: Connection) -> None:
    """The state told is the state shown."""
    insert_payments(connection, [ROW])
    end_payments(connection, [("payment", "paid")])
    ended = read_payment(connection, "payment")
    assert ended is not None
    assert ended.state == "paid"
