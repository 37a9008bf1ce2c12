"""The own system of a ministry: planned outages and hours, as its focal point sets them."""

from uuid import UUID

from pydantic import ConfigDict, Field

from libs.contracts.bounds import Moment, Note
from libs.contracts.contract import Contract
from libs.contracts.ministries import PlannedOutage, ServiceHours


class AnnounceOutage(Contract):
    """Announce an outage of the own system; citizens see it, and nothing is handed over then."""

    model_config = ConfigDict(extra="forbid")

    starts_at: Moment
    ends_at: Moment = Field(description="31 days later at most")
    reason: Note | None = Field(default=None, description="For citizens; without names")


class OutageView(PlannedOutage):
    """A planned outage that is not over."""

    outage_id: UUID


class OwnAvailability(Contract):
    """When the own system takes applications."""

    outages: list[OutageView]
    hours: ServiceHours | None = Field(description="Null for at any time")
