"""Deploy steps: `migrate <service>`, `topics apply` and `topics user`."""

import asyncio
from collections.abc import Iterable
from typing import Annotated

import typer
from pydantic_settings import BaseSettings

from libs.contracts.access import OPERATORS, Grant, ministry_grants, ministry_user, service_users
from libs.database.migrate import MigrationChanged, migrate
from libs.errors import Unavailable
from libs.messaging.access import Users, apply_access
from libs.messaging.admin import apply_topics
from libs.messaging.broker import Broker
from libs.settings import ServiceSettings
from libs.telemetry.logging import configure
from services.registry import WITH_DATABASE
from tools.operations.kafka_users import kafka_user


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
    except MigrationChanged as failure:
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
            list[str] | None, typer.Option(help="Also the user of this ministry's adapter")
        ] = None,
        *,
        access: Annotated[
            bool, typer.Option(help="Also users and their rights, if brokers require passwords")
        ] = True,
    ) -> None:
        """Make the missing topics of the map, then users and their rights.

        No topic is ever removed. The password of a user comes from <SERVICE>_KAFKA_PASSWORD or
        MINISTRY_<ID>_KAFKA_PASSWORD; without one, the user keeps its password. Rights that the map
        no longer gives are taken away.
        """
        configure("topics")
        users = {**service_users(), **_ministry_users(ministry or ())}
        brokers = Broker(OPERATORS, ServiceSettings())
        changed = asyncio.run(apply_topics(brokers.client, replicas=replicas))
        typer.echo(f"{len(changed)} topics made or grown", err=True)
        if access and brokers.security is not None:
            asyncio.run(apply_access(brokers.client, users, _passwords(users)))
            typer.echo(f"{len(users)} users have the rights of the map", err=True)

    @app.command("user")
    def user(ministry: Annotated[str, typer.Argument(help="Id of the ministry")]) -> None:
        """Print the Strimzi user of a ministry that runs its own adapter."""
        for name, grants in _ministry_users([ministry]).items():
            typer.echo(kafka_user(name, grants), nl=False)

    return app


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
