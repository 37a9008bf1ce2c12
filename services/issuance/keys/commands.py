"""The command that asks for the certificate of a body's key."""

from typing import Annotated

import typer

from libs.bangladesh.bodies import bodies_by_id
from services.issuance.keys.signer import PaperSigner
from services.issuance.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command("certificate-request")(certificate_request)


def certificate_request(
    body: Annotated[str, typer.Argument(help="Id of the body", metavar="BODY")],
    year: Annotated[int, typer.Argument(help="Of the key", metavar="YEAR", min=2000, max=2999)],
) -> None:
    """Print the request for a certificate of a body's key of a year, for a licensed authority.

    The key stays here. What the authority gives goes into the setting `certificates`.

    Raises:
        BadParameter: there is no such body.
    """
    if body not in bodies_by_id():
        raise typer.BadParameter("there is no such body")
    signer = PaperSigner([Settings().key_secret.get_secret_value()])
    typer.echo(signer.certificate_request(body, bodies_by_id()[body].name_en, year).decode())
