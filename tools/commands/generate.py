"""`generate`: writes the files that derive from the registry, capabilities and the map."""

from pathlib import Path
from typing import Annotated

import typer

from tools.generate.files import CHECKOUT, generated_files, out_of_date


def generate(
    checkout: Annotated[Path, typer.Option(help="The top of the checkout")] = CHECKOUT,
) -> None:
    """Write the files made from services/registry.py, capabilities, the map and docs/asvs.toml."""
    changed = out_of_date(checkout)
    files = generated_files(checkout)
    for path in changed:
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(files[path], encoding="utf-8")
        typer.echo(path, err=True)
    typer.echo(f"{len(changed)} of {len(files)} files written", err=True)
