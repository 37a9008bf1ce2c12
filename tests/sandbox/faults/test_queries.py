from sandbox.faults.queries import (
    delete_controls,
    load_controls,
    save_control,
)
from sandbox.ledger.schema import Connection


def test_new_faults_replace_the_old_ones(connection: Connection) -> None:
    """For a topic and destination the last value is stored."""
    save_control(connection, "faults", "sms", "{}", 1.0)
    save_control(connection, "faults", "sms", '{"delay_ms":1}', 2.0)
    assert load_controls(connection, "faults") == [("sms", '{"delay_ms":1}', 2.0)]


def test_faults_are_deleted_one_by_one_or_all(connection: Connection) -> None:
    """Deleting those of one topic leaves the other topic."""
    for destination in ("sms", "cabinet"):
        save_control(connection, "faults", destination, "{}", 1.0)
    save_control(connection, "behaviour", "cabinet", "{}", 1.0)
    delete_controls(connection, "faults", "sms")
    assert [destination for destination, _, _ in load_controls(connection, "faults")] == ["cabinet"]
    delete_controls(connection, "faults")
    assert load_controls(connection, "faults") == []
    assert len(load_controls(connection, "behaviour")) == 1
