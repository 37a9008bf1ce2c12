"""The command that tries the configured scanner; it needs no database."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

import typer

from libs.contracts.documents import DocumentState
from services.documents.scanning.clamd import scanner
from services.documents.settings import Settings

# Of the European Institute for Computer Antivirus Research; in two parts, so that no scanner
# takes this file for a virus.
_TEST_FILE: Final = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_EXPECTED: Final[Mapping[DocumentState, bytes]] = {"infected": _TEST_FILE, "clean": b"a paper"}


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command()(check_scanner)


def check_scanner() -> None:
    """Ask the configured ClamAV daemon about the EICAR test file, and about a clean one.

    The exit status is 1 if it does not answer, or has no signatures. Papers are `not_scanned` then,
    or, without signatures, wrongly `clean`.
    """  # noqa: DOC501  # a docstring is the command's help
    settings = Settings()
    clamd = scanner(settings.scanner, settings.scan_deadline_s)
    is_well = True
    for expected, content in _EXPECTED.items():
        found = asyncio.run(clamd.scan(_pieces(content)))
        typer.echo(f"{found}, as it should be" if found == expected else f"{found}: not {expected}")
        is_well &= found == expected
    if not is_well:
        raise typer.Exit(1)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content
