"""`python -m tools.advisories`: fails if an advisory affects a locked package."""

from pathlib import Path
from typing import Annotated

import typer

from tools.advisories.scan import COMMITTED, locked, records, scan


def main(
    advisories: Annotated[
        Path, typer.Option(help="OSV records: one a line, or the ZIP archive of osv.dev")
    ] = COMMITTED,
    lock: Annotated[Path, typer.Option(help="The lock file")] = Path("uv.lock"),
) -> None:
    """Compare the locked packages with advisories that are at hand; no network is needed.

    Raises:
        typer.Exit: with status 1, if a package is affected.
    """
    packages, known = locked(lock), list(records(advisories))
    found = scan(packages, known)
    for each in found:
        also = ", ".join(each.aliases)
        typer.echo(f"{each.package} {each.version}: {each.advisory} ({also})", err=True)
    typer.echo(f"{len(packages)} packages, {len(known)} advisories, {len(found)} found", err=True)
    if found:
        raise typer.Exit(1)


typer.run(main)
