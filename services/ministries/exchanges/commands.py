"""Commands on batches."""

from typing import Annotated

import typer

from libs.operator_command import By, run_command
from services.ministries.exchanges import use_cases
from services.ministries.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    app.command("resend-batch")(resend_batch)


def resend_batch(
    ministry: Annotated[str, typer.Argument(help="Id of the ministry, division or office.")],
    batch_no: Annotated[int, typer.Argument(help="Number of the batch, as in the file's name.")],
    by: By,
) -> None:
    """Put the rows of a batch that have no answer into the next batch, under the same keys."""
    count = run_command(
        "ministries",
        "resend batch",
        Settings(),
        lambda tx: use_cases.resend_batch(tx, ministry, batch_no, by=by),
    )
    typer.echo(f"{ministry}: {count} rows of batch {batch_no} are sent again")
