"""`contracts export|check`: writes the contracts as documents, and checks them."""

from pathlib import Path
from typing import Annotated, TypeVar

import typer

from libs.contracts.check import OPENAPI_FILE, breaking_changes, out_of_date
from libs.contracts.export import (
    SCHEMAS,
    Document,
    contract_documents,
    export,
    exported,
)
from libs.contracts.topics import READING_SERVICES
from libs.dead_letters.routes import routes as dead_letter_routes
from libs.messaging.reading.router import TopicRouter
from libs.web.handling import openapi
from operations.declarations import routers_of, routes_of
from services.gateway.documentation.document import make_document
from services.registry import REGISTRY
from tools.contract_history import undecided_breaks
from tools.contracts.asyncapi import asyncapi_document

T = TypeVar("T")
CHECKOUT = Path(__file__).resolve().parents[2]
_FOLDER = Annotated[Path, typer.Option(help="Folder of the documents")]


def all_documents() -> dict[str, Document]:
    """Make every document of `libs/contracts/schemas`, by file name."""
    return {
        **contract_documents(),
        "asyncapi.json": asyncapi_document(_routers()),
        OPENAPI_FILE: make_document(operations_documents()),
    }


def _routers() -> list[TopicRouter]:
    return [router for entry in REGISTRY for router in routers_of(entry.package)]


def operations_documents() -> list[Document]:
    """Make the documents of the services' public operations."""
    documents: list[Document] = []
    for service, package in sorted((entry.name, entry.package) for entry in REGISTRY):
        declared = routes_of(package)
        if service in READING_SERVICES:  # the routes that `libs.service.Service` adds
            declared += dead_letter_routes.declarations
        public = [declaration for declaration in declared if declaration.public]
        if public:
            documents.append(openapi.document(service, public))
    return documents


def contracts_app() -> typer.Typer:
    """The commands under `contracts`."""
    app = typer.Typer(help="The contracts as documents.", no_args_is_help=True)
    app.command("export")(export_contracts)
    app.command("check")(check_contracts)
    return app


def export_contracts(folder: _FOLDER = SCHEMAS) -> None:
    """Write AsyncAPI, OpenAPI, the map and a JSON Schema per event."""
    documents = all_documents()
    written = export(folder, documents)
    typer.echo(f"{len(written)} documents written", err=True)


def check_contracts(
    folder: _FOLDER = SCHEMAS,
    *,
    before: Annotated[
        Path | None,
        typer.Option(help="Documents of an earlier state to compare with, e.g. of the main branch"),
    ] = None,
) -> None:
    """Fail if the code breaks a committed version of the contracts, or if they are out of date.

    A break that was decided stands in `libs/contracts/decided_breaks.txt`.

    Raises:
        typer.Exit: with status 1, if there is a finding.
    """
    documents, committed = all_documents(), exported(folder)
    wrong = breaking_changes(exported(before) if before else committed, documents)
    if folder == SCHEMAS and (CHECKOUT / ".git").exists():
        wrong += undecided_breaks(CHECKOUT, documents)
    wrong += [
        f"{name} is out of date: run `python -m services contracts export`"
        for name in out_of_date(committed, documents)
    ]
    for sentence in wrong:
        typer.echo(sentence, err=True)
    if wrong:
        raise typer.Exit(1)
    typer.echo(f"{len(documents)} documents hold", err=True)
