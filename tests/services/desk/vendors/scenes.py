"""Reports on a system as the API shows them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiohttp import web
from pydantic import ValidationError

from libs.contracts.vendors import CheckedReport, ReportView
from libs.web.handling.field_errors import field_errors_of
from tests.services.desk.bodies.scenes import AT, NAME
from tests.services.desk.running import refused

REPORT_ID, ACT_ID = UUID(int=3), UUID(int=4)
RULES: dict[str, Any] = {"answered": "passed", "once": "passed"}
REPORT = CheckedReport(
    ministry="minland",
    checked_at=datetime(2026, 6, 25, 10, tzinfo=UTC),
    adapter="http_json",
    address="https://land.example",
    rules=RULES,
    signature="9f2c",
)
WISH = ReportView(
    report_id=REPORT_ID,
    body_name=NAME,
    vendor="Deshi Systems Ltd",
    report=REPORT,
    passed=True,
    handed_in_at=AT,
    state="waiting",
    act_id=ACT_ID,
    rejected_because=None,
)
BROKEN = WISH.model_copy(
    update={
        "report": REPORT.model_copy(update={"rules": {**RULES, "once": "failed"}}),
        "passed": False,
        "state": "none",
        "act_id": None,
    }
)


def no_report(text: str) -> web.Response:
    """What the API answers to something that no check has printed."""
    try:
        CheckedReport.model_validate_json(text)
    except ValidationError as failure:
        return refused("wrong_shape", field_errors_of(failure))
    raise AssertionError("it is a report")
