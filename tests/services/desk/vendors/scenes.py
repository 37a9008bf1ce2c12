"""Reports on a system as the API shows them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from libs.contracts.vendors import CheckedReport, ReportView
from tests.services.desk.bodies.scenes import AT, NAME

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
