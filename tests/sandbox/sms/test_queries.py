from sandbox.callbacks.queries import mark_reported
from sandbox.ledger.queries import messages_after
from sandbox.ledger.schema import Connection
from sandbox.sms.queries import MessageRow, first_message, insert_message


def row(key: str, text: str = "বার্তা 'এক'; \"দুই\"") -> MessageRow:
    return MessageRow(key, "+8801712345678", text, key, "", "now", "{}")


def test_texts_are_stored_unchanged(connection: Connection) -> None:
    """Bangla, quotes and line breaks do not change."""
    text = 'লাইন এক\nলাইন "দুই" {\\}'
    insert_message(connection, row("k", text))
    assert first_message(connection, "k") == row("k", text)
    [shown] = messages_after(connection, 0, 10)
    assert (shown["text"], shown["to"]) == (text, "+8801712345678")


def test_only_the_first_report_is_noted(connection: Connection) -> None:
    """A second report does not change the time."""
    for key in ("a", "b"):
        insert_message(connection, row(key))
    for at in ("first", "second"):
        mark_reported(connection, "a", at)
    shown = [each["reported_at"] for each in messages_after(connection, 0, 10)]
    assert shown == ["first", None]
