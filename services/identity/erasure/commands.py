"""Commands that erase an account for its citizen, and list erasures that are not confirmed."""

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

import typer

from libs.clock import utc_now
from libs.database.transaction import Transaction
from libs.operator_command import By, run_command
from services.identity.erasure import use_cases
from services.identity.erasure.rules import Erasure
from services.identity.settings import Settings

_NUMBER: Final = "Mobile number, or NID or birth registration number of one without a phone"


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command()(erase)
    app.command()(erasures)


def erase(
    by: By,
    reason: Annotated[
        str, typer.Option(help="Why, for the audit log; without personal data.", min=1)
    ],
    citizen: Annotated[
        UUID | None, typer.Option(help="Id of the citizen; without it a number is asked for.")
    ] = None,
    wait_days: Annotated[
        int | None,
        typer.Option(help="Days until it is done; 0 for an order of a court. By default as set."),
    ] = None,
) -> None:
    """Request the erasure of an account, as its citizen would; an SMS tells the citizen.

    A citizen who was helped without a phone is found by the number of her papers.
    """
    settings = Settings()
    wait = timedelta(days=settings.erasure_wait_days if wait_days is None else wait_days)
    number = "" if citizen else typer.prompt(_NUMBER)

    async def request(tx: Transaction) -> Erasure:
        citizen_id = citizen or await use_cases.find_account(tx, number)
        return await use_cases.request_erasure_by_command(
            tx, citizen_id, wait, utc_now(), by=by, reason=reason
        )

    erasure = run_command("identity", "erase", settings, request)
    at = erasure.due_at.isoformat(timespec="seconds")
    typer.echo(f"{erasure.citizen_id} will be erased at {at}")


def erasures() -> None:
    """List erasures that a service has not confirmed, the oldest first."""
    found = run_command(
        "identity", "erasures", Settings(), lambda tx: use_cases.read_unconfirmed(tx, utc_now())
    )
    for open_erasure in found:
        at = open_erasure.erasure.announced_at
        since = at.isoformat(timespec="seconds") if at else ""
        typer.echo(
            f"{since} {open_erasure.erasure.citizen_id} waits for {', '.join(open_erasure.missing)}"
        )
