"""The command that keeps a report of the conformance kit."""

from pathlib import Path
from typing import Annotated

import typer

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.operator_command import By, run_command
from services.catalogue.conformance import use_cases
from services.catalogue.conformance.rules import Report, read_report
from services.catalogue.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
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
