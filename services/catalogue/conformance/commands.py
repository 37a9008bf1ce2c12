"""Commands that keep a report of the conformance kit, and set the adapter of a ministry."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from libs.contracts.catalogue import Adapter as ServedWith
from libs.contracts.catalogue import MinistryAdapter, ServiceAdapter
from libs.database.transaction import Transaction
from libs.operator_command import By, run_command
from services.catalogue.conformance import use_cases
from services.catalogue.conformance.rules import Report, read_report
from services.catalogue.settings import Settings


class Adapter(StrEnum):
    """The choices of `set-adapter`."""

    HOSTED = "hosted"
    OWN = "own"
    NONE_YET = "none-yet"


class AdapterOfService(StrEnum):
    """The choices of `set-service-adapter`."""

    HOSTED = "hosted"
    OWN = "own"
    NONE_YET = "none-yet"
    DESK = "desk"
    OF_MINISTRY = "of-ministry"


_ADAPTERS: Final[Mapping[Adapter, MinistryAdapter]] = {
    Adapter.HOSTED: "hosted",
    Adapter.OWN: "own",
    Adapter.NONE_YET: "none_yet",
}


_ADAPTERS_OF_SERVICES: Final[Mapping[AdapterOfService, ServedWith | None]] = {
    AdapterOfService.HOSTED: "hosted",
    AdapterOfService.OWN: "own",
    AdapterOfService.NONE_YET: "none_yet",
    AdapterOfService.DESK: "desk",
    AdapterOfService.OF_MINISTRY: None,
}


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command("set-adapter")(set_adapter)
    app.command("set-service-adapter")(set_service_adapter)
    app.command("record-report")(record_report)


def record_report(
    file: Annotated[
        Path, typer.Argument(help="What `make conformance` wrote with --report.", exists=True)
    ],
    by: By,
) -> None:
    """Keep a report of the conformance kit; a passed one lets the ministry's adapter go live."""
    content = file.read_text(encoding="utf-8")

    async def record(tx: Transaction) -> Report:
        at = utc_now()
        report = read_report(content, at)
        await use_cases.record_report(tx, report, by=by, at=at)
        return report

    report = run_command("catalogue", "record report", Settings(), record)
    verdict = "passed" if report.passed else "not passed"
    takes = ", takes objections" if report.takes_appeals else ""
    typer.echo(f"{report.ministry}: {verdict}, kept{takes}")


def set_adapter(
    ministry: Annotated[str, typer.Argument(help="Id of the ministry, division or office.")],
    adapter: Annotated[
        Adapter, typer.Argument(help="Who hands submissions to it; with none yet they wait.")
    ],
    by: By,
    despite: Annotated[
        str | None, typer.Option(help="Why its own adapter goes live without a passed report.")
    ] = None,
) -> None:
    """Set which adapter serves a ministry, for all applications submitted from now on.

    Its own adapter needs a passed report of the conformance kit (`record-report`).
    """
    announced = run_command(
        "catalogue",
        "set adapter",
        Settings(),
        lambda tx: use_cases.set_adapter(
            tx, ministry, _ADAPTERS[adapter], despite=despite, by=by, at=utc_now()
        ),
    )
    typer.echo(f"{ministry}: {adapter.value}, {announced} public services announced")


def set_service_adapter(
    public_service: Annotated[str, typer.Argument(help="Id of the public service.")],
    adapter: Annotated[
        AdapterOfService, typer.Argument(help="Who hands over its submissions, whoever else does.")
    ],
    by: By,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day in Dhaka; today without it."),
    ] = None,
) -> None:
    """Set which adapter serves one public service, for applications from a day on.

    With `desk` officers work on its applications here. A routing rule may name another adapter for
    the offices of one area: `adapter` in the content of `set-routing`.
    """

    async def change(tx: Transaction) -> ServiceAdapter:
        at = utc_now()
        return await use_cases.set_service_adapter(
            tx,
            public_service,
            _ADAPTERS_OF_SERVICES[adapter],
            valid_from=since.date() if since else dhaka_date(at),
            by=by,
            at=at,
        )

    version = run_command("catalogue", "set service adapter", Settings(), change)
    typer.echo(f"{public_service}: {adapter.value} from {version.valid_from}")
