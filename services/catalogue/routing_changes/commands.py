"""Commands on routing rules; each change is a new version with a day, a name and a reason."""

from datetime import datetime
from typing import Annotated, Any, Literal

import typer

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from libs.contracts.catalogue import Adapter, AreaLevel, OfficeKind
from libs.database.transaction import Transaction
from libs.operator_command import By, run_command
from libs.versions import holding
from services.catalogue.routing.rules import Proposal, Version
from services.catalogue.routing_changes import use_cases
from services.catalogue.settings import Settings

ServiceId = Annotated[str, typer.Argument(help="Id of the public service, for example S001.")]
RuleId = Annotated[str, typer.Argument(help="Id of the rule.")]
From = Annotated[
    datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day on which it holds.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the history.", min=1)]
Show = Literal["now", "all"]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command("routing")(routing)
    app.command("set-routing")(set_routing)
    app.command("end-routing")(end_routing)


def routing(
    public_service_id: ServiceId,
    show: Annotated[Show, typer.Option(help="What holds today, or every version.")] = "now",
) -> None:
    """Show which offices are responsible for a public service."""

    async def read(tx: Transaction) -> list[Version]:
        return await use_cases.read_rules(tx, public_service_id)

    versions = run_command("catalogue", "routing", Settings(), read)
    holds = holding([version.rule for version in versions], dhaka_date(utc_now()))
    for version in versions:
        if show == "all" or version.rule in holds:
            typer.echo(_line(version))


def set_routing(  # noqa: PLR0913
    public_service_id: ServiceId,
    rule_id: RuleId,
    valid_from: From,
    address: Annotated[str, typer.Option(help="Field of the form with the address that decides.")],
    office_kind: Annotated[OfficeKind, typer.Option(help="What the office is.")],
    office_id: Annotated[str, typer.Option(help="Id of the office; an area's code follows it.")],
    name_bn: Annotated[str, typer.Option(help="Its name; {area} is an area's name.")],
    name_en: Annotated[str, typer.Option(help="The same in English.")],
    by: By,
    reason: Reason,
    confirmed: Annotated[
        bool,
        typer.Option(
            "--confirmed/--not-confirmed", help="Whether its ministry or a publication says so."
        ),
    ],
    level: Annotated[
        AreaLevel | None, typer.Option(help="There is one office for every area of this level.")
    ] = None,
    area: Annotated[
        str | None, typer.Option(help="Code of the area where it holds; else everywhere.")
    ] = None,
    ward: Annotated[
        list[int] | None, typer.Option(help="Only this ward of the area; may be repeated.")
    ] = None,
    ministry: Annotated[
        str | None, typer.Option(help="Whose office it is; else the service's own ministry.")
    ] = None,
    adapter: Annotated[
        Adapter | None,
        typer.Option(help="Hands submissions over to it; else what serves the public service."),
    ] = None,
    role: Annotated[
        str | None, typer.Option(help="The duty whose office it is; else the responsible one.")
    ] = None,
    told: Annotated[
        Literal["yes", "no"], typer.Option(help="Whether the citizen is told the duty's office.")
    ] = "yes",
    match: Annotated[
        Literal["area", "body"],
        typer.Option(help="What the field has: an address, or the id of a body, as of grievances."),
    ] = "area",
) -> None:
    """Set which office is responsible, from a day on; an existing rule gets its next version."""
    content: dict[str, Any] = {
        "address": address,
        "match": match,
        "office_kind": office_kind,
        "office_id": office_id,
        "office_name": {"bn": name_bn, "en": name_en},
        "level": level,
        "area": area,
        "wards": tuple(ward or ()),
        "ministry": ministry,
        "adapter": adapter,
        "role": role,
        "told": told == "yes",
        "confirmed": confirmed,
    }
    proposal = Proposal(public_service_id, rule_id, valid_from.date(), content)
    version = run_command(
        "catalogue",
        "set routing",
        Settings(),
        lambda tx: use_cases.set_rule(tx, proposal, reason=reason, by=by, at=utc_now()),
    )
    typer.echo(_line(version))


def end_routing(
    public_service_id: ServiceId, rule_id: RuleId, valid_from: From, by: By, reason: Reason
) -> None:
    """End a rule from a day on; its versions stay in the history."""
    version = run_command(
        "catalogue",
        "end routing",
        Settings(),
        lambda tx: use_cases.end_rule(
            tx,
            Proposal(public_service_id, rule_id, valid_from.date()),
            reason=reason,
            by=by,
            at=utc_now(),
        ),
    )
    typer.echo(_line(version))


def _line(version: Version) -> str:
    rule = version.rule
    where = [rule.area or "everywhere", *(f"ward {ward}" for ward in rule.wards)]
    office = "ended" if rule.ended else f"{rule.office_id} ({rule.office_name.en})"
    parts = [
        f"{version.public_service_id} {rule.rule_id} version {rule.version}",
        f"from {rule.valid_from}",
        " ".join(where),
        *([f"for {rule.role}"] if rule.role else []),
        *([f"one for every {rule.level}"] if rule.level and not rule.ended else []),
        office,
        *([rule.ministry] if rule.ministry else []),
        *([f"by {rule.adapter}"] if rule.adapter else []),
        *([] if rule.ended else ["confirmed" if rule.confirmed else "not confirmed"]),
        f"by {version.added_by}",
        *([version.reason] if version.reason else []),
    ]
    return ", ".join(parts)
