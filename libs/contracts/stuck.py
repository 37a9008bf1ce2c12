"""What is stuck in the programme. HTTP bodies."""

from typing import Literal

from pydantic import AwareDatetime, Field

from libs.contracts.bounds import Day
from libs.contracts.contract import Contract
from libs.contracts.language import Text
from libs.contracts.programme import LastTold, Step

StuckKind = Literal[
    "step_overdue", "connection_stopped", "check_failed", "not_online", "not_connected",
    "not_decided",
]  # fmt: skip
"""`not_online`: two people have not published the service, or it is closed. `not_connected`: it is
online, and what hands over its submissions has not passed its check. `not_decided`: online and
connected, and nothing was decided in the last 30 days."""


class StuckView(Contract):
    """Something that does not go on: what, where, since when, and with whom."""

    body: str
    name: Text
    kind: StuckKind
    since: Day | None = Field(description="Null where no fact says it")
    step: Step | None
    public_service_id: str | None
    public_service: Text | None
    post: str | None = Field(description="Who answers for the body; null if nobody is known")
    vendor: str | None = Field(description="Who connects its system, where it was named")
    told: LastTold | None = Field(description="Who was told last of the overdue step")


class StuckPage(Contract):
    """What is stuck, the longest first."""

    at: AwareDatetime
    items: list[StuckView]
    without_grievance_officer: dict[str, Text] = Field(
        default={}, description="Names by id of bodies at which nobody answers grievances yet"
    )
