"""Bodies as the API shows them."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from libs.contracts.language import Text
from libs.contracts.programme import (
    BodyDetails,
    BodySummary,
    FactView,
    ServiceOfBody,
    StepView,
)

AT = datetime(2026, 6, 1, 3, tzinfo=UTC)
NAME = Text(bn="ভূমি মন্ত্রণালয়", en="Ministry of Land")


def step(due_on: date) -> StepView:
    """A list that is overdue."""
    return StepView(
        step="list",
        asked_on=AT.date(),
        due_on=due_on,
        done_on=None,
        is_overdue=True,
        late_working_days=14,
    )


def summary(body: str, **more: Any) -> BodySummary:
    """A body with one service."""
    fields: dict[str, Any] = {
        "name": NAME,
        "owes_list": True,
        "answered_by": [],
        "replaced_by": None,
        "rank": 1,
        "listed": None,
        "services": 1,
        "online": 0,
        "connected": 0,
        "live": 0,
        "target": "never",
        "overdue": None,
        "next": None,
        **more,
    }
    return BodySummary(body=body, **fields)


LATE = summary("minland", overdue=step(date(2026, 6, 10)))
SALMA, FACT = UUID(int=7), UUID(int=8)
LETTER = FactView(
    fact_id=FACT,
    kind="letter_sent",
    day=AT.date(),
    evidence="letter 03.00",
    recorded_by=f"staff:{SALMA}",
    recorded_at=AT,
    corrects=None,
    corrected_by=None,
    asks=("list", "vendor"),
    due_on=date(2026, 6, 10),
)
DETAILS = BodyDetails(
    summary=LATE,
    steps=[step(date(2026, 6, 10))],
    public_services=[
        ServiceOfBody(
            public_service_id="S001",
            name=NAME,
            adapter="desk",
            is_online=False,
            is_connected=False,
            is_live=False,
        )
    ],
    connection=None,
    reached_on=None,
    below_since=None,
    facts=[LETTER],
)
