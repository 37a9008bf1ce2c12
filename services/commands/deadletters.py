"""`deadletters list|show|replay`: what could not be processed, and giving it its effect."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from importlib import import_module
from typing import Annotated, Any, TypeVar

import orjson
import typer

from libs.contracts.topics import READING_SERVICES
from libs.database.pool import Database
from libs.errors import Unavailable
from libs.messaging import unsettled
from libs.messaging.replay import Replay, Replayed
from libs.messaging.unsettled import KeptLetter, Listed
from libs.settings import ServiceSettings
from libs.telemetry.logging import configure
from libs.telemetry.tracing import Tracing
from libs.trace_context import read_text
from services.commands.up import FOLDER
from services.supervision.state import read_state

T = TypeVar("T")

_Service = Annotated[str, typer.Option(help=f"One of: {', '.join(READING_SERVICES)}")]
_Reason = Annotated[
    str | None, typer.Option(help="Only this reason, e.g. `defect` or `unreadable.not_json`")
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object")]
_Limit = Annotated[int, typer.Option(min=1, max=100_000, help="Most dead letters")]


def deadletters_app() -> typer.Typer:
    """The commands under `deadletters`."""
    app = typer.Typer(help="Records that could not be processed.", no_args_is_help=True)
    app.command("list")(list_letters)
    app.command("show")(show_letter)
    app.command("replay")(replay_letters)
    return app


def list_letters(
    service: _Service, *, reason: _Reason = None, limit: _Limit = 100, as_json: _Json = False
) -> None:
    """List what waits to be settled: ids and reasons, never content."""

    async def ask(database: Database) -> list[Listed]:
        async with database.transaction() as tx:
            return await unsettled.listed(tx, reason=reason, limit=limit)

    found = _on_database(service, ask)
    if as_json:
        _print({"service": service, "dead_letters": [_row(each) for each in found]})
        return
    for each in found:
        typer.echo(_line(each))
    typer.echo(f"{len(found)} waiting in {service}", err=True)


def show_letter(
    service: _Service,
    dead_letter_id: Annotated[int, typer.Option("--id", help="The dead letter")],
    *,
    full: Annotated[
        bool, typer.Option("--full", help="With key, header values and content: personal data")
    ] = False,
) -> None:
    """Show one dead letter: its headers' names and its size; with `--full` all of it.

    Raises:
        typer.Exit: with status 1, when there is no such dead letter.
    """

    async def ask(database: Database) -> KeptLetter | None:
        async with database.transaction() as tx:
            return await unsettled.read_one(tx, dead_letter_id)

    kept = _on_database(service, ask)
    if kept is None:
        typer.echo(f"no dead letter {dead_letter_id} in {service}", err=True)
        raise typer.Exit(1)
    _print(_shown(kept, full=full))


def replay_letters(
    service: _Service,
    *,
    ids: Annotated[list[int] | None, typer.Option("--id", help="Only these; repeatable")] = None,
    reason: _Reason = None,
    limit: _Limit = 1000,
    as_json: _Json = False,
) -> None:
    """Give dead letters their effect after all, in order, and what waits behind them.

    Raises:
        typer.Exit: with status 1, when some failed again.
    """
    handlers = import_module(f"services.{service}.consumers").HANDLERS

    async def run(database: Database) -> Replayed:
        tracing = Tracing(service, endpoint=_settings(service).otlp_endpoint)
        try:
            return await Replay(database, handlers, tracing=tracing).run(
                ids=ids or None, reason=reason, limit=limit
            )
        finally:
            await asyncio.to_thread(tracing.close)

    report = _on_database(service, run)
    if as_json:
        _print({"service": service, **asdict(report)})
    for dead_letter_id, why in report.failed.items():
        typer.echo(f"{dead_letter_id} failed again: {why}", err=True)
    typer.echo(
        f"{len(report.settled)} replayed, {len(report.failed)} failed,"
        f" {len(report.waiting)} wait behind others",
        err=True,
    )
    if report.failed:
        raise typer.Exit(1)


def _on_database(service: str, ask: Callable[[Database], Awaitable[T]]) -> T:
    """Ask a service's database.

    Raises:
        typer.BadParameter: the service keeps no dead letters.
        typer.Exit: with status 1, when the database does not answer.
    """
    if service not in READING_SERVICES:
        raise typer.BadParameter(f"{service!r} keeps no dead letters")
    settings = _settings(service)
    dsn = settings.dsn or _dsn_of_running(service)
    configure("deadletters", settings.log_level)

    async def run() -> T:
        database = Database(dsn, connections=1)
        try:
            return await ask(database)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except Unavailable as failure:
        typer.echo(f"the database of {service} does not answer: {failure.detail}", err=True)
        raise typer.Exit(1) from None


def _settings(service: str) -> ServiceSettings:
    """What all services have; a replay needs none of the secrets that the service has besides."""
    return ServiceSettings(_env_prefix=f"{service.upper()}_")


def _dsn_of_running(service: str) -> str:
    """Where the database is when the platform runs on this machine by `up`.

    Raises:
        typer.BadParameter: when it does not.
    """
    state = read_state(FOLDER / "state.json")
    if state is None:
        raise typer.BadParameter(f"set {service.upper()}_DSN, or start the platform with `up`")
    return str(state.postgres["dsn"][service])


def _row(letter: Listed) -> dict[str, Any]:
    row = asdict(letter)
    trace = read_text(row.pop("trace_context"))
    return {**row, "age_s": round(letter.age_s, 1), "trace_id": trace.trace_id if trace else None}


def _line(letter: Listed) -> str:
    row = _row(letter)
    place = f"{letter.topic}/{letter.topic_partition}@{letter.topic_offset}"
    trace = row["trace_id"] or "unknown"
    held = f", holds back {letter.waiting_behind}" if letter.holds_back else ""
    return (
        f"{letter.dead_letter_id}  {letter.reason}  {place}  {letter.attempts} tries"
        f"  since {letter.first_seen_at:%Y-%m-%d %H:%M:%S}  trace {trace}{held}"
    )


def _shown(kept: KeptLetter, *, full: bool) -> dict[str, Any]:
    letter = kept.letter
    shown: dict[str, Any] = {
        "dead_letter_id": kept.dead_letter_id,
        "topic": letter.origin.topic,
        "partition": letter.origin.partition,
        "offset": letter.origin.offset,
        "reason": letter.reason,
        "detail": letter.detail,
        "attempts": letter.attempts,
        "holds_back": letter.holds_back,
        "first_seen_at": kept.first_seen_at,
        "last_seen_at": kept.last_seen_at,
        "headers": sorted({name for name, _ in letter.headers}),
        "value_bytes": len(letter.value or b""),
    }
    if full:
        shown["key"] = _text(letter.key)
        shown["headers"] = [[name, _text(value)] for name, value in letter.headers]
        shown["value"] = _text(letter.value)
    return shown


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "backslashreplace")


def _print(answer: dict[str, Any]) -> None:
    typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())
