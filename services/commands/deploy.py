"""Deploy steps: `migrate <service>` and `topics apply`."""

import asyncio
from importlib import import_module
from typing import Annotated

import typer

from libs.database.migrate import migrate
from libs.messaging.admin import apply_topics
from libs.messaging.broker import Broker
from libs.settings import ServiceSettings
from libs.telemetry.logging import configure
from services.supervision.plan import WITH_DATABASE


def migrate_service(
    service: Annotated[str, typer.Argument(help=f"One of: {', '.join(WITH_DATABASE)}")],
) -> None:
    """Bring a service's database to the schema that its code expects."""
    if service not in WITH_DATABASE:
        raise typer.BadParameter(f"{service!r} has no database")
    configure("migrate")
    settings = import_module(f"services.{service}.settings").Settings()
    applied = asyncio.run(migrate(settings.dsn, service))
    typer.echo("\n".join(applied) or "nothing to apply", err=True)


def topics_app() -> typer.Typer:
    """The commands under `topics`."""
    app = typer.Typer(help="The topics of the map on the cluster.", no_args_is_help=True)

    @app.callback()
    def topics() -> None:
        """Deploy steps for Kafka."""

    @app.command("apply")
    def apply(
        replicas: Annotated[int, typer.Option(help="Copies of each partition")] = 1,
    ) -> None:
        """Make every topic of the map that is not there; never removes one."""
        configure("topics")
        settings = ServiceSettings()
        security = Broker("operators", settings).client_security()
        changed = asyncio.run(
            apply_topics(settings.kafka_bootstrap, replicas=replicas, security=security)
        )
        typer.echo(f"{len(changed)} topics made or grown", err=True)

    return app
