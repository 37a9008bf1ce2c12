from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from libs.errors import Refused
from services.ministries.connections.rules import (
    AdapterName,
    CheckReport,
    Connection,
    check_gate,
    read_report,
)

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
SYSTEM = Connection(adapter="soap", address="https://ministry.example")
REPORT = CheckReport(
    ministry="mopa",
    checked_at=NOW,
    adapter="soap",
    address="https://ministry.example",
    rules={"once": "passed", "signed": "passed"},
)


def test_a_passed_report_on_this_system_opens_the_gate() -> None:
    """Or a reason why none is needed."""
    check_gate(REPORT, SYSTEM, None)
    check_gate(None, SYSTEM, "a trial")


@pytest.mark.parametrize(
    "fields",
    [
        {"rules": {"once": "passed", "signed": "failed"}},
        {"address": "https://another.example"},
        {"adapter": "http_json"},
        {"host_key": "ssh-ed25519 AAAA"},
        {"file_format": "xlsx"},
    ],
)
def test_no_other_report_does(fields: dict[str, Any]) -> None:
    """Not one on another address or adapter, and none with a failed rule."""
    for report in (None, REPORT.model_copy(update=fields)):
        with pytest.raises(Refused, match="connection_not_checked"):
            check_gate(report, SYSTEM, None)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        REPORT.model_copy(update={"rules": {}}).model_dump_json(),
        REPORT.model_copy(update={"checked_at": NOW + timedelta(days=1)}).model_dump_json(),
    ],
)
def test_what_is_no_report_is_refused(content: str) -> None:
    """Nor is one from the future."""
    with pytest.raises(Refused, match="report_unreadable"):
        read_report(content, NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "ftp://ministry.example"},
        {"address": "https://ministry.example/"},
        {"address": "https://ministry.example/a b"},
        {"address": "https://মন্ত্রণালয়.example"},
        {"address": "http://sandbox@ministry.example"},
        {"address": "http://sandbox.ministry.example:8080"},
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


@pytest.mark.parametrize("adapter", get_args(AdapterName))
def test_a_ministrys_address_is_encrypted(adapter: str) -> None:
    """Whatever the adapter: forms go in clear to the sandbox only, and to this machine."""
    for address in ("http://sandbox:8080", "http://127.0.0.1:8099/asked", "http://localhost:1"):
        Connection.model_validate({"adapter": adapter, "address": address})
    for address in ("http://ministry.example", "http://10.1.2.3:8080/soap"):
        with pytest.raises(ValidationError, match="must begin with https://"):
            Connection.model_validate({"adapter": adapter, "address": address})
