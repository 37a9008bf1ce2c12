from sandbox.callbacks import queries
from sandbox.callbacks.rules import Callback, Kind
from sandbox.ledger.queries import open_callbacks
from sandbox.ledger.schema import Connection


def callback(callback_id: str, due_at_s: float = 10.0, kind: Kind = "decision") -> Callback:
    body = '{"note": "বাংলা"}'
    return Callback(
        callback_id, kind, "cabinet", f"of {callback_id}", "approved", "u", body, "", due_at_s
    )


def due(connection: Connection, now_s: float, limit: int = 10) -> list[str]:
    return [
        each.callback_id
        for each in queries.due_callbacks(connection, "decision", now_s=now_s, limit=limit)
    ]


def test_what_is_due_comes_longest_due_first_and_whole(connection: Connection) -> None:
    """Only due callbacks of the kind asked for come, no more than asked for."""
    rows = [
        callback("b", 2),
        callback("a", 1),
        callback("later", 99),
        callback("report", 1, "report"),
    ]
    queries.insert_callbacks(connection, rows)
    assert queries.due_callbacks(connection, "decision", now_s=5, limit=10) == [rows[1], rows[0]]
    assert due(connection, 5, limit=1) == ["a"]


def test_what_is_in_hand_is_not_due(connection: Connection) -> None:
    """Holding counts a try and puts the callback beyond everybody's reach for a while."""
    queries.insert_callbacks(connection, [callback("a")])
    queries.hold_callbacks(connection, ["a"], 40)
    assert due(connection, 39) == []
    [held] = queries.due_callbacks(connection, "decision", now_s=40, limit=10)
    assert held.attempts == 1


def test_a_restart_frees_what_was_in_hand(connection: Connection) -> None:
    """What a killed process held is due at once, and what was never attempt keeps its time."""
    queries.insert_callbacks(connection, [callback("held"), callback("planned", 500)])
    queries.hold_callbacks(connection, ["held"], 1000)
    queries.release_callbacks(connection, "decision", 20)
    assert due(connection, 20) == ["held"]
    assert due(connection, 500) == ["held", "planned"]


def test_a_callback_ends_or_is_put_off(connection: Connection) -> None:
    """Taken over is forgotten, refused is kept but not made, and the rest is due later."""
    queries.insert_callbacks(
        connection, [callback("taken"), callback("refused"), callback("silent")]
    )
    queries.delete_callbacks(connection, ["taken"])
    queries.refuse_callbacks(connection, [("refused", 404)])
    queries.postpone_callbacks(connection, [("silent", 60.5)])
    assert due(connection, 60) == []
    assert due(connection, 60.5) == ["silent"]
    assert queries.next_due_s(connection, "decision") == 60.5
    found = open_callbacks(connection, 10)
    [kept] = found["refused"]
    assert found["waiting"] == 1
    assert (kept["callback_id"], kept["refused_status"]) == ("refused", 404)


def test_withdrawal_drops_only_what_has_not_left(connection: Connection) -> None:
    """A decision that was told already stays, so that it is told to the end."""
    queries.insert_callbacks(connection, [callback("fresh"), callback("told"), callback("other")])
    queries.hold_callbacks(connection, ["told"], 10)
    queries.end_decisions_of(connection, ["of fresh", "of told"])
    assert sorted(due(connection, 10)) == ["other", "told"]


def test_no_callback_is_never_due(connection: Connection) -> None:
    """An empty ledger has no next time."""
    assert queries.next_due_s(connection, "report") is None
    assert due(connection, 1e12) == []
