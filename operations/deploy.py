"""Deploy steps: `migrate <service>`, `topics apply` and `topics user`."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any

import typer
from pydantic_settings import BaseSettings

from libs.contracts.access import OPERATORS, Grant, ministry_grants, ministry_user, service_users
from libs.database.migrate import MigrationChanged, TableLocked, migrate
from libs.errors import Unavailable
from libs.messaging.kafka.broker import Broker
from libs.settings import ServiceSettings
from libs.telemetry.logging import configure
from operations.kafka_users import kafka_user
from operations.settings import brokers_of_running
from operations.topics.access import Users, apply_access
from operations.topics.admin import apply_topics
from operations.topics.topic_settings import change_settings, changes_of_settings
from services.registry import WITH_DATABASE


def migrate_service(
    service: Annotated[str, typer.Argument(help=f"One of: {', '.join(WITH_DATABASE)}")],
) -> None:
    """Bring a service's database to the schema that its code expects."""
    if service not in WITH_DATABASE:
        raise typer.BadParameter(f"{service!r} has no database")
    configure("migrate")
    settings = ServiceSettings(_env_prefix=f"{service.upper()}_")
    try:
        applied = asyncio.run(migrate(settings.dsn, service))
    except Unavailable as failure:
        typer.echo(f"the database of {service} does not answer: {failure.detail}", err=True)
        raise typer.Exit(1) from None
    except (MigrationChanged, TableLocked) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(1) from None
    typer.echo("\n".join(applied) or "nothing to apply", err=True)


def topics_app() -> typer.Typer:
    """The commands under `topics`."""
    app = typer.Typer(help="Topics and users of Kafka, from the map.", no_args_is_help=True)

    @app.callback()
    def topics() -> None:
        """Deploy steps for Kafka."""

    @app.command("apply")
    def apply(
        replicas: Annotated[int, typer.Option(help="Copies of each partition")] = 1,
        ministry: Annotated[
            list[str] | None,
            typer.Option(help="Also the topics and the user of this ministry's own adapter"),
        ] = None,
        *,
        access: Annotated[
            bool, typer.Option(help="Also users and their rights, if brokers require passwords")
        ] = True,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing")] = False,
        allow_loss: Annotated[
            bool,
            typer.Option(
                "--allow-loss",
                help="Also shorter retention, another clean-up policy, fewer copies in sync",
            ),
        ] = False,
    ) -> None:
        """Make the missing topics of the map, change settings that differ, then users and rights.

        No topic is ever removed. A change that may lose records is listed, and made with
        --allow-loss only. The password of a user comes from <SERVICE>_KAFKA_PASSWORD or
        MINISTRY_<ID>_KAFKA_PASSWORD; without one, the user keeps its password. Rights that the map
        no longer gives are taken away.
        """
        configure("topics")
        users = {**service_users(), **_ministry_users(ministry or ())}
        with brokers_of_running():
            brokers = Broker(OPERATORS, ServiceSettings())
        asyncio.run(
            _apply(brokers.client, replicas, ministry or (), dry_run=dry_run, allow_loss=allow_loss)
        )
        if access and not dry_run and brokers.security is not None:
            asyncio.run(apply_access(brokers.client, users, _passwords(users)))
            typer.echo(f"{len(users)} users have the rights of the map", err=True)

    @app.command("user")
    def user(ministry: Annotated[str, typer.Argument(help="Id of the ministry")]) -> None:
        """Print the Strimzi user of a ministry that runs its own adapter."""
        for name, grants in _ministry_users([ministry]).items():
            typer.echo(kafka_user(name, grants), nl=False)

    return app


async def _apply(
    client: Mapping[str, Any],
    replicas: int,
    ministries: Collection[str],
    *,
    dry_run: bool,
    allow_loss: bool,
) -> None:
    """Bring the topics of a cluster to the map, and print the changes made or to be made."""
    made = await apply_topics(client, replicas=replicas, ministries=ministries, dry_run=dry_run)
    found = await changes_of_settings(client, replicas=replicas)
    changes = [
        setting_change
        for setting_change in found
        if allow_loss or not setting_change.may_lose_records
    ]
    for change in found:
        left = "" if change in changes else " left as it is: records may be lost (--allow-loss)"
        typer.echo(f"{change}{left}", err=True)
    if not dry_run:
        await change_settings(client, changes)
    would = "would be " if dry_run else ""
    typer.echo(f"{len(made)} topics {would}made or grown", err=True)
    typer.echo(f"{len(changes)} settings {would}changed", err=True)


class _User(BaseSettings):
    """The password of a user, from a variable that begins with the user's name."""

    kafka_password: str = ""


def _ministry_users(ministries: Iterable[str]) -> dict[str, list[Grant]]:
    try:
        return {ministry_user(ministry): ministry_grants(ministry) for ministry in ministries}
    except LookupError as failure:
        raise typer.BadParameter(str(failure)) from None


def _passwords(users: Users) -> dict[str, str]:
    """The passwords in the environment, by user."""
    prefixes = {user: f"{user.upper().replace('-', '_')}_" for user in users}
    settings = {user: _User(_env_prefix=prefix) for user, prefix in prefixes.items()}
    return {user: own.kafka_password for user, own in settings.items() if own.kafka_password}
