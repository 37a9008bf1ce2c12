"""Shared parts of operators' commands after a restore; they need brokers, others do not."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer

from libs.errors import Unavailable
from libs.messaging.restoring.rewind import GroupHasMembers, check_empty


@contextmanager
def failures_printed() -> Iterator[None]:
    """Print why a command after a restore could not do its work.

    Raises:
        Exit: status 1: the service runs, or the brokers or the database do not answer.
    """
    try:
        yield
    except GroupHasMembers as failure:
        typer.echo(str(failure), err=True)
    except Unavailable as failure:
        ours = failure.dependency in {"broker", "database"}
        hint = ". Kafka and PostgreSQL must run, the service must not." if ours else ""
        typer.echo(f"{failure}{hint}", err=True)
    else:
        return
    raise typer.Exit(1)


async def require_stopped(
    client: Mapping[str, Any], groups: Iterable[str], *, dry_run: bool
) -> None:
    """Check that a service is stopped; a dry run only prints the refusal.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
        groups: the service's.
        dry_run: print it, and go on.

    Raises:
        GroupHasMembers: it runs.
        Unavailable: the brokers do not answer, or a right is missing.
    """
    try:
        await check_empty(client, groups)
    except GroupHasMembers as failure:
        if not dry_run:
            raise
        typer.echo(f"Without --dry-run this is refused: {failure}", err=True)
