from sandbox.domain.callbacks import Kind, Owed
from sandbox.store import owed as store
from sandbox.store.ledger import Connection
from sandbox.store.pages import still_owed


def owed(owed_id: str, due_at_s: float = 10.0, kind: Kind = "decision") -> Owed:
    body = '{"note": "বাংলা"}'
    return Owed(owed_id, kind, "cabinet", f"of {owed_id}", "approved", "u", body, "", due_at_s)


def due(connection: Connection, now_s: float, limit: int = 10) -> list[str]:
    return [
        each.owed_id for each in store.due_owed(connection, "decision", now_s=now_s, limit=limit)
    ]


def test_what_is_due_comes_longest_due_first_and_whole(connection: Connection) -> None:
    """Only due callbacks of the kind asked for come, no more than asked for."""
    rows = [owed("b", 2), owed("a", 1), owed("later", 99), owed("report", 1, "report")]
    store.insert_owed(connection, rows)
    assert store.due_owed(connection, "decision", now_s=5, limit=10) == [rows[1], rows[0]]
    assert due(connection, 5, limit=1) == ["a"]


def test_what_is_in_hand_is_not_due(connection: Connection) -> None:
    """Holding counts a try and puts the callback beyond everybody's reach for a while."""
    store.insert_owed(connection, [owed("a")])
    store.hold_owed(connection, ["a"], 40)
    assert due(connection, 39) == []
    [held] = store.due_owed(connection, "decision", now_s=40, limit=10)
    assert held.attempts == 1


def test_a_restart_frees_what_was_in_hand(connection: Connection) -> None:
    """What a killed process held is due at once, and what was never tried keeps its time."""
    store.insert_owed(connection, [owed("held"), owed("planned", 500)])
    store.hold_owed(connection, ["held"], 1000)
    store.release_owed(connection, "decision", 20)
    assert due(connection, 20) == ["held"]
    assert due(connection, 500) == ["held", "planned"]


def test_a_callback_ends_or_is_put_off(connection: Connection) -> None:
    """Taken over is forgotten, refused is kept but not made, and the rest is due later."""
    store.insert_owed(connection, [owed("taken"), owed("refused"), owed("silent")])
    store.delete_owed(connection, ["taken"])
    store.refuse_owed(connection, [("refused", 404)])
    store.postpone_owed(connection, [("silent", 60.5)])
    assert due(connection, 60) == []
    assert due(connection, 60.5) == ["silent"]
    assert store.next_due_s(connection, "decision") == 60.5
    owed_now = still_owed(connection, 10)
    [kept] = owed_now["refused"]
    assert owed_now["waiting"] == 1
    assert (kept["owed_id"], kept["refused_status"]) == ("refused", 404)


def test_withdrawal_drops_only_what_has_not_left(connection: Connection) -> None:
    """A decision that was told already stays, so that it is told to the end."""
    store.insert_owed(connection, [owed("fresh"), owed("told"), owed("other")])
    store.hold_owed(connection, ["told"], 10)
    store.end_decisions_of(connection, ["of fresh", "of told"])
    assert sorted(due(connection, 10)) == ["other", "told"]


def test_nothing_owed_is_never_due(connection: Connection) -> None:
    """An empty ledger has no next time."""
    assert store.next_due_s(connection, "report") is None
    assert due(connection, 1e12) == []
