from sandbox.callbacks import queries
from sandbox.callbacks.rules import Callback, Kind
from sandbox.ledger.queries import open_callbacks
from sandbox.ledger.schema import Connection


def callback(callback_id: str, due_at_s: float = 10.0, kind: Kind = "decision") -> Callback:
    body = '{"note": "বাংলা"}'
    return Callback(
        callback_id, kind, "cabinet", f"of {callback_id}", "approved", "u", body, "", due_at_s
    )


def claimed(connection: Connection, now_s: float, limit: int = 10) -> list[str]:
    rows = queries.claim_callbacks(
        connection, "decision", now_s=now_s, until_s=now_s + 1000, limit=limit
    )
    return [row.callback_id for row in rows]


def test_the_longest_due_callback_is_claimed_first(connection: Connection) -> None:
    """A claim returns due callbacks of its kind up to the limit, and counts an attempt."""
    rows = [callback("b", 2), callback("a", 1), callback("later", 99), callback("r", 1, "report")]
    queries.insert_callbacks(connection, rows)
    [first] = queries.claim_callbacks(connection, "decision", now_s=5, until_s=40, limit=1)
    assert first == rows[1]._replace(due_at_s=40, attempts=1)
    assert claimed(connection, 5) == ["b"]


def test_a_claimed_callback_is_not_due(connection: Connection) -> None:
    """It is due again when the claim ends."""
    queries.insert_callbacks(connection, [callback("a", 0)])
    assert claimed(connection, 0) == ["a"]
    assert claimed(connection, 999) == []
    assert claimed(connection, 1000) == ["a"]


def test_a_restart_releases_claims(connection: Connection) -> None:
    """Callbacks that a killed process had claimed are due at once; untried ones keep their time."""
    queries.insert_callbacks(connection, [callback("held", 0), callback("planned", 500)])
    claimed(connection, 0)
    queries.release_callbacks(connection, "decision", 20)
    assert claimed(connection, 20) == ["held"]
    assert claimed(connection, 500) == ["planned"]


def test_a_callback_ends_or_is_postponed(connection: Connection) -> None:
    """An accepted one is deleted, a refused one stays unsent, the others are due later."""
    queries.insert_callbacks(
        connection, [callback("taken"), callback("refused"), callback("silent")]
    )
    queries.delete_callback(connection, "taken")
    queries.refuse_callback(connection, "refused", 404)
    queries.postpone_callback(connection, "silent", 60.5)
    assert queries.next_due_s(connection, "decision") == 60.5
    assert claimed(connection, 60) == []
    assert claimed(connection, 60.5) == ["silent"]
    found = open_callbacks(connection, 10)
    [refused_row] = found["refused"]
    assert found["waiting"] == 1
    assert (refused_row["callback_id"], refused_row["refused_status"]) == ("refused", 404)


def test_withdrawal_deletes_only_unsent_decisions(connection: Connection) -> None:
    """A decision with an attempt is sent until it is accepted."""
    queries.insert_callbacks(
        connection, [callback("told", 1), callback("fresh"), callback("other")]
    )
    assert claimed(connection, 1) == ["told"]
    for application_id in ("of fresh", "of told"):
        queries.delete_decisions_of(connection, application_id)
    assert sorted(claimed(connection, 2000)) == ["other", "told"]


def test_no_callback_is_never_due(connection: Connection) -> None:
    """An empty ledger has no next time."""
    assert queries.next_due_s(connection, "report") is None
    assert claimed(connection, 1e12) == []
