"""`map`: what derives from the map of topics, written again."""

from pathlib import Path
from typing import Annotated

import typer

from libs.contracts.export import TOPICS_FILE, export, topics_document
from tools.generated import SERVICES_FOLDER, write_readmes

_CHECKOUT = SERVICES_FOLDER.parent
_FOLDER = Annotated[Path, typer.Option(help="The top of the checkout")]


def write_map(checkout: _FOLDER = _CHECKOUT) -> None:
    """Write the READMEs' tables of topics and `deploy/topics.json` anew."""
    changed = write_readmes(checkout / "services")
    for readme in changed:
        typer.echo(readme.relative_to(checkout).as_posix(), err=True)
    export(checkout / "deploy", {TOPICS_FILE: topics_document()})
    typer.echo(f"{len(changed)} READMEs and deploy/{TOPICS_FILE} written", err=True)
