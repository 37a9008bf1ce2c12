"""Bodies about what hands submissions over to which office."""

from pydantic import AwareDatetime, BaseModel, Field

from libs.contracts.catalogue import MinistryAdapter, RoutingRule, ServiceAdapter
from libs.contracts.language import Text


class ServiceConnection(BaseModel):
    """What hands over the submissions of a public service."""

    public_service_id: str
    name: Text
    body: str
    ministry_adapter: MinistryAdapter = Field(description="Serves its ministry")
    own_adapter_takes_appeals: bool = Field(
        default=False,
        description="Whether the ministry's own adapter passed with objections to refusals",
    )
    adapters: list[ServiceAdapter] = Field(
        description="Its own ones that hold or come; whatever serves the ministry"
    )
    rules: list[RoutingRule] = Field(
        description="Those that hold or come, and name an adapter or the office of a duty"
    )


class ServiceConnections(BaseModel):
    """All public services."""

    items: list[ServiceConnection]


class RuleVersion(BaseModel):
    """One version of a rule, and who added it, when and why."""

    rule: RoutingRule
    added_at: AwareDatetime
    added_by: str
    reason: str


class RuleVersions(BaseModel):
    """Every version of the rules of a public service, in their order."""

    items: list[RuleVersion]
