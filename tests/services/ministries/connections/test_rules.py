from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from services.ministries.connections.rules import Connection, is_open


@pytest.mark.parametrize(
    ("hours", "clock", "expected"),
    [
        (None, "03:00", True),
        ("09:00-17:00", "09:00", True),
        ("09:00-17:00", "16:59", True),
        ("09:00-17:00", "17:00", False),
        ("09:00-17:00", "08:59", False),
        ("22:00-06:00", "23:00", True),
        ("22:00-06:00", "05:59", True),
        ("22:00-06:00", "12:00", False),
    ],
)
def test_hours_of_service_are_those_of_dhaka(hours: str | None, clock: str, expected: bool) -> None:
    """A system is called from its first minute until before its last, over midnight as well."""
    now = datetime.fromisoformat(f"2026-03-01T{clock}:00+06:00").astimezone(UTC)
    connection = Connection(address="https://ministry.example", hours=hours)
    assert is_open(connection, now) is expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "ftp://ministry.example"},
        {"address": "https://ministry.example/"},
        {"address": "https://ministry.example/a b"},
        {"address": "https://মন্ত্রণালয়.example"},
        {"hours": "9-17"},
        {"hours": "০৯:০০-১৭:০০"},
        {"hours": "09:00-24:00"},
        {"adapter": "fax"},
        {"credentials": "../other"},
        {"read_every_s": 0},
        {"unknown": 1},
    ],
)
def test_a_wrong_connection_is_refused(wrong: dict[str, object]) -> None:
    """What an operator types is checked before it holds."""
    with pytest.raises(ValidationError):
        Connection.model_validate({"address": "https://ministry.example", **wrong})
