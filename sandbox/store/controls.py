"""Faults and behaviours that were ordered: a restart forgets none."""

from sandbox.store.ledger import Connection


def save_control(
    connection: Connection, topic: str, party: str, value: str, set_at_s: float
) -> None:
    """Keep what was ordered for a party over a restart."""
    connection.execute(
        """
        INSERT INTO controls (topic, party, value, set_at_s)
        VALUES (?, ?, ?, ?)
        ON CONFLICT (topic, party)
        DO UPDATE SET value = excluded.value, set_at_s = excluded.set_at_s
        """,
        (topic, party, value, set_at_s),
    )


def delete_controls(connection: Connection, topic: str) -> None:
    """Forget everything ordered of one topic."""
    connection.execute("DELETE FROM controls WHERE topic = ?", (topic,))


def delete_control(connection: Connection, topic: str, party: str) -> None:
    """Forget what was ordered for one party."""
    connection.execute("DELETE FROM controls WHERE topic = ? AND party = ?", (topic, party))


def load_controls(connection: Connection, topic: str) -> list[tuple[str, str, float]]:
    """Read what was ordered: (party, value, seconds since 1970)."""
    rows = connection.execute(
        "SELECT party, value, set_at_s FROM controls WHERE topic = ?", (topic,)
    )
    return rows.fetchall()
