"""Commands on when and how much ministries' systems are called; recorded in the audit log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import typer

from libs.bangladesh.calendar import DHAKA
from libs.clock import utc_now
from libs.contracts.language import Text
from libs.ids import new_id
from libs.operator_command import By, run_command
from services.ministries.availability import use_cases
from services.ministries.availability.rules import CallingLimits, Hours, Outage
from services.ministries.settings import Settings

_DAYS: Final[Mapping[str, int]] = {
    "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7,
}  # fmt: skip
_MINUTES: Final = ["%Y-%m-%dT%H:%M"]

Ministry = Annotated[str, typer.Argument(help="Id of the ministry, division or office.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command("announce-outage")(announce_outage)
    app.command("cancel-outage")(cancel_outage)
    app.command("set-hours")(set_hours)
    app.command("set-limits")(set_limits)


def announce_outage(
    ministry: Ministry,
    starts_at: Annotated[
        datetime, typer.Option("--from", help="Beginning, in Dhaka.", formats=_MINUTES)
    ],
    ends_at: Annotated[datetime, typer.Option("--until", help="End, in Dhaka.", formats=_MINUTES)],
    by: By,
    reason_bn: Annotated[str | None, typer.Option(help="For citizens, in Bangla.")] = None,
    reason_en: Annotated[str | None, typer.Option(help="For citizens, in English.")] = None,
) -> None:
    """Announce an outage of a ministry's system; it is not called meanwhile, nothing is lost.

    Raises:
        BadParameter: the reason is given in one language only.
    """
    if (reason_bn is None) != (reason_en is None):
        raise typer.BadParameter("give the reason in both languages, or in none")
    outage = Outage(
        new_id(),
        ministry,
        starts_at.replace(tzinfo=DHAKA),
        ends_at.replace(tzinfo=DHAKA),
        Text(bn=reason_bn, en=reason_en) if reason_bn and reason_en else None,
    )
    run_command(
        "ministries",
        "announce outage",
        Settings(),
        lambda tx: use_cases.announce_outage(tx, outage, by=by, at=utc_now()),
    )
    typer.echo(f"{ministry}: outage {outage.outage_id} announced")


def cancel_outage(
    outage_id: Annotated[UUID, typer.Argument(help="As printed when it was announced.")], by: By
) -> None:
    """Cancel an outage, or end one that lasts."""
    outage = run_command(
        "ministries",
        "cancel outage",
        Settings(),
        lambda tx: use_cases.cancel_outage(tx, outage_id, by=by),
    )
    typer.echo(f"{outage.ministry}: outage {outage_id} cancelled")


def set_hours(
    ministry: Ministry,
    by: By,
    days: Annotated[
        str | None, typer.Option(help="Days of service: sun,mon,… Without: called at any time.")
    ] = None,
    opens_at: Annotated[str, typer.Option("--from", help="In Dhaka, HH:MM.")] = "09:00",
    closes_at: Annotated[str, typer.Option("--until", help="In Dhaka, HH:MM.")] = "17:00",
) -> None:
    """Set the hours in which a ministry's system is called; outside of them deliveries wait."""
    hours = None if days is None else _hours(ministry, days, opens_at, closes_at)
    run_command(
        "ministries",
        "set hours",
        Settings(),
        lambda tx: use_cases.set_hours(tx, ministry, hours, by=by),
    )
    said = "called at any time" if days is None else f"called {days}, {opens_at} to {closes_at}"
    typer.echo(f"{ministry}: {said}")


def set_limits(
    ministry: Ministry,
    by: By,
    calls_at_once: Annotated[
        int | None, typer.Option("--at-once", min=1, help="Most calls at the same time.")
    ] = None,
    calls_per_s: Annotated[
        float | None, typer.Option("--per-second", min=0.01, help="Most calls a second.")
    ] = None,
) -> None:
    """Set how much a ministry's system can bear; without an option there is no such limit."""
    limits = CallingLimits(ministry, calls_at_once, calls_per_s)
    run_command(
        "ministries",
        "set limits",
        Settings(),
        lambda tx: use_cases.set_limits(tx, limits, by=by),
    )
    typer.echo(f"{ministry}: at once {calls_at_once or 'as all'}, a second {calls_per_s or 'any'}")


def _hours(ministry: str, days: str, opens_at: str, closes_at: str) -> Hours:
    named = [day.strip() for day in days.lower().split(",")]
    try:
        numbers = frozenset(_DAYS[day] for day in named)
        opens, closes = (datetime.strptime(text, "%H:%M").time() for text in (opens_at, closes_at))  # noqa: DTZ007
    except (KeyError, ValueError):
        raise typer.BadParameter("days are sun,mon,…,sat; times are HH:MM, in Dhaka") from None
    if closes <= opens:
        raise typer.BadParameter(f"{closes_at} is not after {opens_at}: it would never be called")
    return Hours(ministry, numbers, opens, closes)
