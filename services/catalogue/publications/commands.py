"""Commands on what two people publish; publishing itself needs their accounts, so it is HTTP."""

from typing import Annotated

import typer

from libs.clock import utc_now
from libs.operator_command import run_command
from services.catalogue.publications import use_cases
from services.catalogue.publications.reference import reference_publications
from services.catalogue.publications.rules import Kind, Publication
from services.catalogue.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command("publications")(publications)
    app.command("load-publications")(load_publications)
    app.command("announce-publications")(announce_publications)


def publications(
    kind: Annotated[Kind | None, typer.Option(help="Only this kind.")] = None,
    series: Annotated[str | None, typer.Option(help="Only S025, or a tariff, or a year.")] = None,
) -> None:
    """Show the versions of workflows, tariffs and years, with who published them and why."""
    found = run_command(
        "catalogue",
        "publications",
        Settings(),
        lambda tx: use_cases.read_publications(tx, kind, series),
    )
    for publication in found:
        typer.echo(_line(publication))


def load_publications() -> None:
    """Store and announce what is new in the reference, as a start does."""
    reference = reference_publications(utc_now())
    announced = run_command(
        "catalogue",
        "load publications",
        Settings(),
        lambda tx: use_cases.load_reference(tx, reference),
    )
    typer.echo(f"{announced} publications announced")


def announce_publications() -> None:
    """Announce all of them again, after the broker or a consumer has lost them."""
    announced = run_command(
        "catalogue", "announce publications", Settings(), use_cases.announce_all
    )
    typer.echo(f"{announced} publications announced")


def _line(publication: Publication) -> str:
    parts = [
        f"{publication.kind} {publication.series} version {publication.version}",
        f"from {publication.valid_from}",
        f"proposed by {publication.proposed_by}",
        f"published by {publication.published_by}",
        *([publication.reason] if publication.reason else []),
    ]
    return ", ".join(parts)
