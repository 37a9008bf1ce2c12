"""Commands that keep a report of the conformance kit, and set what serves a ministry."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from libs.clock import utc_now
from libs.contracts.catalogue import MinistryAdapter
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


_ADAPTERS: Final[Mapping[Adapter, MinistryAdapter]] = {
    Adapter.HOSTED: "hosted",
    Adapter.OWN: "own",
    Adapter.NONE_YET: "none_yet",
}


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command("set-adapter")(set_adapter)
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
        report = read_report(content, utc_now())
        await use_cases.record_report(tx, report, by=by)
        return report

    report = run_command("catalogue", "record report", Settings(), record)
    typer.echo(f"{report.ministry}: {'passed' if report.passed else 'not passed'}, kept")


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
