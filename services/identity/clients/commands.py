"""Commands on clients; changes are recorded in the audit log."""

from pathlib import Path
from typing import Annotated

import typer

from libs.clock import utc_now
from libs.contracts.language import Text
from libs.operator_command import By, run_command
from services.identity.clients import rules, use_cases
from services.identity.clients.rules import Addresses
from services.identity.settings import Settings

ClientId = Annotated[str, typer.Argument(help="Id of the client", metavar="CLIENT")]
Keys = Annotated[
    Path,
    typer.Option(
        help="File with its public keys as a JSON Web Key Set", exists=True, dir_okay=False
    ),
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to an app."""
    clients = typer.Typer(help="Sites that let people log in with us.", no_args_is_help=True)
    clients.command("create")(create)
    clients.command("list")(list_clients)
    clients.command("set-keys")(set_keys)
    clients.command("disable")(disable)
    app.add_typer(clients, name="clients")


def create(  # noqa: PLR0913
    client_id: ClientId,
    by: By,
    name_bn: Annotated[str, typer.Option(help="Name as people read it, in Bangla")],
    name_en: Annotated[str, typer.Option(help="The same in English")],
    redirect_uri: Annotated[list[str], typer.Option(help="Where to go after a login; repeatable")],
    keys: Keys,
    post_logout_redirect_uri: Annotated[
        list[str] | None, typer.Option(help="Where to go after a logout; repeatable")
    ] = None,
    scope: Annotated[list[str] | None, typer.Option(help="What it may ask for; repeatable")] = None,
    sector: Annotated[
        str | None, typer.Option(help="Host under which several sites share the ids of people")
    ] = None,
) -> None:
    """Add a site that lets people log in with us."""
    client = run_command(
        "identity",
        "clients create",
        Settings(),
        lambda tx: use_cases.add_client(
            tx,
            rules.new_client(
                client_id,
                Text(bn=name_bn, en=name_en),
                Addresses(redirect_uri, post_logout_redirect_uri or [], sector),
                scope or [],
                keys.read_text(encoding="utf-8"),
                utc_now(),
            ),
            by=by,
        ),
    )
    typer.echo(f"client {client_id} created, sector {client.sector}")


def list_clients() -> None:
    """List the clients: since when, with which keys, and where people are sent."""
    for client in run_command("identity", "clients list", Settings(), use_cases.list_clients):
        state = f"disabled {client.disabled_at:%F}" if client.disabled_at else "enabled"
        typer.echo(f"{client.client_id} {state} since {client.created_at:%F}: {client.name.en}")
        typer.echo(f"  sector {client.sector}, scopes {' '.join(client.scopes)}")
        typer.echo(f"  keys {' '.join(client.key_ids)}")
        for uri in client.redirect_uris:
            typer.echo(f"  {uri}")


def set_keys(client_id: ClientId, by: By, keys: Keys) -> None:
    """Replace a client's keys. To rotate, set the old and the new one, and later the new one."""
    text = keys.read_text(encoding="utf-8")
    run_command(
        "identity",
        "clients set-keys",
        Settings(),
        lambda tx: use_cases.replace_keys(tx, client_id, text, by=by),
    )
    typer.echo(f"keys of {client_id} replaced")


def disable(client_id: ClientId, by: By) -> None:
    """Close a client: logins there end, and its tokens are refused at once."""
    run_command(
        "identity",
        "clients disable",
        Settings(),
        lambda tx: use_cases.disable_client(tx, client_id, utc_now(), by=by),
    )
    typer.echo(f"client {client_id} disabled")
