"""The operators' routes to routing rules: the same use cases as the commands."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.clock import Clock
from libs.contracts.bounds import Day, Duty
from libs.contracts.catalogue import Adapter, AreaLevel, OfficeKind
from libs.contracts.connections import (
    RuleVersion,
    RuleVersions,
    ServiceConnection,
    ServiceConnections,
)
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.catalogue.routing.rules import Proposal, Version
from services.catalogue.routing_changes import use_cases

_ROLES: Final = ("operator",)
_READERS: Final = ("operator", "programme")
_BASE: Final = "/v1/operations/routing-rules/{public_service_id}"

ServiceId = Annotated[str, Field(description="Id of the public service", examples=["S010"])]
RuleId = Annotated[str, Field(description="Id of the rule", examples=["dncc-zone-6"])]
Reason = Annotated[str, Field(min_length=1, max_length=500, description="Why, for the history")]
FirstDay = Annotated[Day, Field(description="The first day in Dhaka on which it holds")]

routes = Routes()


class SetRule(BaseModel):
    """A version of a routing rule, to be added; its fields are those of `RoutingRule`."""

    model_config = ConfigDict(extra="forbid")

    valid_from: FirstDay
    address: str = Field(max_length=60, description="Field of the form with the address")
    match: Literal["area", "body"] = Field(
        default="area", description="What the field has; of grievances the id of a body"
    )
    office_kind: OfficeKind
    office_id: str = Field(max_length=60)
    office_name: Text
    level: AreaLevel | None = None
    area: str | None = Field(default=None, max_length=10)
    wards: list[int] = Field(default_factory=list, max_length=99)
    ministry: str | None = Field(default=None, max_length=40)
    adapter: Adapter | None = Field(
        default=None, description="Hands submissions over to this office; `own` is refused"
    )
    role: Duty | None = Field(
        default=None, description="The duty whose office it is; null for the responsible office"
    )
    told: bool = Field(
        default=True, strict=True, description="Whether the citizen is told the duty's office"
    )
    confirmed: bool = Field(
        default=False,
        strict=True,
        description="Whether its ministry or a publication says so; the reason says which",
    )
    reason: Reason

    def content(self) -> dict[str, Any]:
        """Return the content of the rule."""
        return {**self.model_dump(exclude={"valid_from", "reason"}), "wards": tuple(self.wards)}


class EndRule(BaseModel):
    """End a rule from a day on."""

    model_config = ConfigDict(extra="forbid")

    valid_from: FirstDay
    reason: Reason


@routes.get("/v1/operations/service-connections", roles=_READERS, problems=("role_missing",))
async def list_service_connections(
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    clock: Clock,
) -> ServiceConnections:
    """List what hands over the submissions of each public service, now and later."""
    found = await use_cases.read_connections(tx, clock.now())
    return ServiceConnections(
        items=[
            ServiceConnection(
                public_service_id=one.service.public_service_id,
                name=Text(bn=one.service.name_bn, en=one.service.name_en),
                body=one.service.body,
                ministry_adapter=one.service.ministry_adapter,
                own_adapter_takes_appeals=one.service.own_adapter_takes_appeals,
                adapters=list(one.adapters),
                rules=list(one.rules),
            )
            for one in found
        ]
    )


@routes.get(_BASE, roles=_READERS, problems=("role_missing", "public_service_not_found"))
async def list_routing_rules(
    public_service_id: ServiceId,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> RuleVersions:
    """Show every version of the rules that say which office is responsible."""
    versions = await use_cases.read_rules(tx, public_service_id)
    return RuleVersions(items=[_view(version) for version in versions])


@routes.post(
    f"{_BASE}/{{rule_id}}",
    roles=_ROLES,
    recent_login=True,
    problems=(
        "role_missing",
        "public_service_not_found",
        "routing_rule_wrong",
        "routing_rule_ambiguous",
        "routing_day_passed",
        "routing_rules_too_many",
    ),
    example={
        "valid_from": "2027-01-01",
        "address": "premises",
        "office_kind": "city_corporation_zone",
        "office_id": "dncc-zone-6",
        "office_name": {"bn": "ঢাকা উত্তর সিটি কর্পোরেশন, অঞ্চল-৬", "en": "Dhaka North, zone 6"},
        "area": "30262500",
        "wards": [37, 38],
        "reason": "gazette of November",
    },
)
async def set_routing_rule(
    public_service_id: ServiceId,
    rule_id: RuleId,
    body: SetRule,
    staff: Staff,
    tx: Transaction,
    clock: Clock,
) -> RuleVersion:
    """Set which office is responsible, from a day on (operators)."""
    proposal = Proposal(public_service_id, rule_id, body.valid_from, body.content())
    version = await use_cases.set_rule(
        tx, proposal, reason=body.reason, by=staff.actor, at=clock.now()
    )
    return _view(version)


@routes.post(
    f"{_BASE}/{{rule_id}}/end",
    roles=_ROLES,
    recent_login=True,
    problems=(
        "role_missing",
        "public_service_not_found",
        "routing_rule_wrong",
        "routing_rule_unknown",
        "routing_day_passed",
        "routing_rules_too_many",
    ),
    example={"valid_from": "2027-06-01", "reason": "the zone was merged"},
)
async def end_routing_rule(
    public_service_id: ServiceId,
    rule_id: RuleId,
    body: EndRule,
    staff: Staff,
    tx: Transaction,
    clock: Clock,
) -> RuleVersion:
    """End a rule from a day on; its versions stay (operators)."""
    proposal = Proposal(public_service_id, rule_id, body.valid_from)
    version = await use_cases.end_rule(
        tx, proposal, reason=body.reason, by=staff.actor, at=clock.now()
    )
    return _view(version)


def _view(version: Version) -> RuleVersion:
    return RuleVersion(
        rule=version.rule,
        added_at=version.added_at,
        added_by=version.added_by,
        reason=version.reason,
    )
