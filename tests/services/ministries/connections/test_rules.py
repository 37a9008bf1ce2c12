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
    check_signed,
    read_report,
)

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
KEY = "whsec_dGhlIGtleSBvZiByZXBvcnRz"
SYSTEM = Connection(adapter="soap", address="https://ministry.example")
REPORT = CheckReport(
    ministry="mopa",
    checked_at=NOW,
    adapter="soap",
    address="https://ministry.example",
    rules={"once": "passed", "private": "passed"},
).signed(KEY)


def check(report: CheckReport | None, despite: str | None = None, *, now: datetime = NOW) -> None:
    """Whether the gate opens for a report on `SYSTEM`."""
    check_gate(report, SYSTEM, despite, key=KEY, now=now)


def test_a_system_that_takes_objections_was_checked_with_them() -> None:
    """A report from before that, or without the rule, opens no gate for it; its signature holds."""
    takes = Connection(address="https://ministry.example", appeal_days=30)
    before = REPORT.model_copy(update={"adapter": "http_json"}).signed(KEY)
    check_gate(before, Connection(address=takes.address), None, key=KEY, now=NOW)
    with pytest.raises(Refused, match="connection_not_checked"):
        check_gate(before, takes, None, key=KEY, now=NOW)
    fields = {"appeal_days": 30, "rules": {"once": "passed", "appealed": "passed"}}
    check_gate(before.model_copy(update=fields).signed(KEY), takes, None, key=KEY, now=NOW)


def test_a_passed_report_on_this_system_opens_the_gate() -> None:
    """Or a reason why none is needed."""
    check(REPORT)
    check(None, "a trial")


@pytest.mark.parametrize(
    "fields",
    [
        {"rules": {"once": "passed", "private": "failed"}},
        {"rules": {"once": "passed", "recovered": "skipped"}},
        {"address": "https://another.example"},
        {"adapter": "http_json"},
        {"host_key": "ssh-ed25519 AAAA"},
        {"file_format": "xlsx"},
    ],
)
def test_no_other_report_does(fields: dict[str, Any]) -> None:
    """Not one on another address or adapter, and none with a rule that failed or was skipped."""
    for report in (None, REPORT.model_copy(update=fields).signed(KEY)):
        with pytest.raises(Refused, match="connection_not_checked"):
            check(report)


@pytest.mark.parametrize(
    "report",
    [
        REPORT.model_copy(update={"signature": ""}),
        REPORT.signed("whsec_dGhlIGtleSBvZiBhIHNhbmRib3g="),
        REPORT.model_copy(update={"checked_at": NOW - timedelta(days=1)}),
        REPORT.model_copy(update={"rules": {"answered": "passed"}}),
        REPORT.model_copy(update={"ministry": "lgd"}),
    ],
)
def test_a_report_that_the_platform_did_not_sign_opens_nothing(report: CheckReport) -> None:
    """Written by hand, checked elsewhere, or changed afterwards."""
    with pytest.raises(Refused, match="not signed by the platform"):
        check(report)
    with pytest.raises(Refused, match="report_not_signed"):
        check_signed(report, KEY)
    check_signed(REPORT, KEY)


def test_a_report_is_valid_for_a_month() -> None:
    """A system of last year is another one."""
    check(REPORT, now=NOW + timedelta(days=30))
    with pytest.raises(Refused, match="2026-11-25"):
        check(REPORT, now=NOW + timedelta(days=30, seconds=1))


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
