from sandbox.faults.queries import (
    delete_controls,
    load_controls,
    save_control,
)
from sandbox.ledger.schema import Connection


def test_an_order_replaces_the_one_before(connection: Connection) -> None:
    """Per topic and destination the last order counts."""
    save_control(connection, "faults", "sms", "{}", 1.0)
    save_control(connection, "faults", "sms", '{"delay_ms":1}', 2.0)
    assert load_controls(connection, "faults") == [("sms", '{"delay_ms":1}', 2.0)]


def test_orders_are_forgotten_one_by_one_or_all(connection: Connection) -> None:
    """Forgetting one topic leaves the other."""
    for destination in ("sms", "cabinet"):
        save_control(connection, "faults", destination, "{}", 1.0)
    save_control(connection, "behaviour", "cabinet", "{}", 1.0)
    delete_controls(connection, "faults", "sms")
    assert [destination for destination, _, _ in load_controls(connection, "faults")] == ["cabinet"]
    delete_controls(connection, "faults")
    assert load_controls(connection, "faults") == []
    assert len(load_controls(connection, "behaviour")) == 1
