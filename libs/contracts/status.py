"""HTTP bodies of the public status of ministries' systems."""

from typing import Literal

from pydantic import AwareDatetime, Field

from libs.contracts.contract import Contract
from libs.contracts.language import Text
from libs.contracts.ministries import PlannedOutage, ServiceHours, Trouble

SystemState = Literal[
    "working", "catching_up", "down", "planned_outage", "outside_hours",
    "not_connected", "own_system", "desk", "not_called",
]  # fmt: skip
"""The state of a ministry's system; in the last four the platform does not call it.

`desk`: it needs none, since its officers work on applications here.
"""


class DecidedInTime(Contract):
    """Of the applications whose last day was in the last 30 days, those decided in time.

    Only applications with a due date count, which comes from a published deadline.
    """

    due: int
    in_time: int


class MinistryStatusView(Contract):
    """How one ministry's system does."""

    ministry: str
    name: Text
    state: SystemState
    trouble: Trouble | None = Field(
        default=None, description="Why a system is `down`, where more is known than its silence"
    )
    text: Text = Field(description="State and trouble in plain words")
    since: AwareDatetime | None = Field(description="When the state began, if it is not `working`")
    waiting: int = Field(description="Submissions that wait for longer than a minute")
    oldest_waiting_since: AwareDatetime | None
    answered_at: AwareDatetime | None = Field(description="Last answer of a system that is `down`")
    outages: list[PlannedOutage] = Field(description="Planned outages that last or will come")
    hours: ServiceHours | None = Field(description="Hours of service; null for at any time")
    decided_in_time: DecidedInTime | None = Field(description="Null where nothing had a due date")


class StatusPage(Contract):
    """The state of ministries' systems; a row for every ministry with public services."""

    summary: Text
    items: list[MinistryStatusView]
    at: AwareDatetime
