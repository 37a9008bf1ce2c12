"""SQL of faults and behaviours, which stay active over a restart."""

from sandbox.ledger.schema import Connection


def save_control(
    connection: Connection, topic: str, destination: str, value: str, set_at_s: float
) -> None:
    """Save the faults or the behaviour of a destination."""
    connection.execute(
        """
        INSERT INTO controls (topic, destination, value, set_at_s)
        VALUES (?, ?, ?, ?)
        ON CONFLICT (topic, destination)
        DO UPDATE SET value = excluded.value, set_at_s = excluded.set_at_s
        """,
        (topic, destination, value, set_at_s),
    )


def delete_controls(connection: Connection, topic: str, destination: str | None = None) -> None:
    """Delete the faults or behaviours of one destination or of all."""
    connection.execute(
        "DELETE FROM controls WHERE topic = ?1 AND destination = coalesce(?2, destination)",
        (topic, destination),
    )


def load_controls(connection: Connection, topic: str) -> list[tuple[str, str, float]]:
    """Read destination, value and time in seconds since 1970."""
    rows = connection.execute(
        "SELECT destination, value, set_at_s FROM controls WHERE topic = ?", (topic,)
    )
    return rows.fetchall()
