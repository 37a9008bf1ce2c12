"""`deadletters list|show|replay|settle|journal`: records and jobs that failed for good."""

import asyncio
import getpass
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import orjson
import typer

from libs.bangladesh.calendar import DHAKA
from libs.contracts.dead_letters import DeadLetterView
from libs.contracts.problems import PROBLEMS
from libs.dead_letters.admin import DeadLetterAdmin
from libs.dead_letters.replay import ReplayReport
from libs.dead_letters.rules import ALL, JobState, JournalNote, Selection
from libs.errors import Refused, Unavailable
from libs.messaging.reading.redelivery import mark_handled, redelivery
from libs.messaging.reading.router import Router, handlers_of
from libs.operator_command import command_database, moment
from libs.settings import EncryptedSettings, ServiceSettings
from libs.telemetry.logging import configure
from libs.telemetry.tracing import Tracing
from operations.declarations import manual_actions_of, routers_of
from operations.settings import settings_of
from services.registry import WITH_DATABASE, entry_of

T = TypeVar("T")

_LOOK_EVERY_S: Final = 0.5
_NOBODY_FOLLOWS: Final[Mapping[int, JobState]] = {}


_Service = Annotated[str, typer.Option(help=f"One of: {', '.join(WITH_DATABASE)}")]
_Reason = Annotated[
    str | None, typer.Option(help="Only this reason, e.g. `defect` or `unreadable.not_json`")
]
_Destination = Annotated[str | None, typer.Option(help="Only jobs for this ministry or provider")]
_Moment = Annotated[datetime | None, typer.Option(parser=moment, help="2026-12-16T09:30 in Dhaka")]
_Ids = Annotated[list[int] | None, typer.Option("--id", help="Only these; repeatable")]
_Actor = Annotated[
    str, typer.Option(default_factory=getpass.getuser, help="Name of the operator, for the journal")
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object")]
_Limit = Annotated[int, typer.Option(min=1, max=100_000, help="Most dead letters")]


def deadletters_app() -> typer.Typer:
    """The commands under `deadletters`."""
    app = typer.Typer(
        help="Records that could not be processed, and jobs that failed for good.",
        no_args_is_help=True,
    )
    app.command("list")(list_dead_letters)
    app.command("show")(show_dead_letter)
    app.command("replay")(replay_dead_letters)
    app.command("settle")(settle_dead_letters)
    app.command("journal")(list_journal)
    return app


def list_dead_letters(  # noqa: PLR0913
    service: _Service,
    *,
    ids: _Ids = None,
    reason: _Reason = None,
    destination: _Destination = None,
    since: _Moment = None,
    until: _Moment = None,
    limit: _Limit = 100,
    as_json: _Json = False,
) -> None:
    """List open dead letters: ids and reasons, never content."""
    selection = _selection(ids, reason, destination, since, until)
    found = _with_selected(
        service, selection, lambda admin: admin.list_open(selection, limit=limit)
    )
    if as_json:
        _print(
            {
                "service": service,
                "dead_letters": [letter_view.model_dump() for letter_view in found],
            }
        )
        return
    for letter_view in found:
        typer.echo(_line(letter_view))
    typer.echo(f"{len(found)} open in {service}", err=True)


def show_dead_letter(
    service: _Service,
    dead_letter_id: Annotated[int, typer.Option("--id", help="The dead letter")],
    actor: _Actor,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="With all content: personal data; needs --why")
    ] = False,
    why: Annotated[str, typer.Option(help="Reason for reading it, for the journal")] = "",
) -> None:
    """Show one dead letter; with `--full` all its content, with an entry in the journal."""
    if full and not why.strip():
        raise typer.BadParameter("--full needs --why")
    if full:
        note = JournalNote(actor, why)
        content = _with_admin(service, lambda admin: admin.look(dead_letter_id, note))
        _print(content.model_dump(exclude_none=True))
    else:
        _print(_with_admin(service, lambda admin: admin.show(dead_letter_id)).model_dump())


def replay_dead_letters(  # noqa: PLR0913
    service: _Service,
    actor: _Actor,
    *,
    ids: _Ids = None,
    reason: _Reason = None,
    destination: _Destination = None,
    since: _Moment = None,
    until: _Moment = None,
    why: Annotated[str, typer.Option(help="Reason, for the journal")] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Most dead letters; all without it")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count what would be replayed")
    ] = False,
    wait_s: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for what becomes of jobs")
    ] = 30.0,
    as_json: _Json = False,
) -> None:
    """Replay open dead letters in order, and the records that they block.

    A job is made due at once, under its own idempotency key. A repeat is harmless. Then it waits
    for hand-overs to ministries, and says how many were delivered. The exit status is 1 when some
    failed again, or were not delivered in that time.
    """
    selection = _selection(ids, reason, destination, since, until)
    if dry_run:
        _count(service, selection, as_json=as_json)
        return
    note = JournalNote(actor, why)

    async def replay(admin: DeadLetterAdmin) -> tuple[ReplayReport, Mapping[int, JobState]]:
        report = await admin.replay(selection, note, limit=limit)
        return report, await _followed(admin, report, wait_s)

    report, states = _with_selected(service, selection, replay)
    _report(service, report, "replayed", as_json=as_json, states=states)


async def _followed(
    admin: DeadLetterAdmin, report: ReplayReport, wait_s: float
) -> Mapping[int, JobState]:
    """Wait until no job of a replay waits any more, or the time is over; return the states."""
    states = await admin.states_of(report)
    with suppress(TimeoutError):
        async with asyncio.timeout(wait_s):
            while "waiting" in states.values():
                await asyncio.sleep(_LOOK_EVERY_S)
                states = await admin.states_of(report)
    return states


def _count(service: str, selection: Selection, *, as_json: bool) -> None:
    """Print the dead letters that a replay would select."""
    found = _with_selected(service, selection, lambda admin: admin.count(selection))
    if as_json:
        _print({"service": service, "selected": [row.model_dump() for row in found]})
    for row in found:
        typer.echo(
            f"{row.number}  {row.reason}  {row.source} {row.destination or ''}"
            f"  {_time(row.first_failed_at)} to {_time(row.last_failed_at)}",
            err=as_json,
        )
    typer.echo(f"{sum(row.number for row in found)} would be replayed in {service}", err=True)


def settle_dead_letters(
    service: _Service,
    actor: _Actor,
    why: Annotated[str, typer.Option(help="Reason for settling, for the journal", min=3)],
    ids: Annotated[list[int], typer.Option("--id", help="Which; repeatable")],
    *,
    as_json: _Json = False,
) -> None:
    """Settle dead letters without their effect; the records that they block are replayed."""
    report = _with_admin(service, lambda admin: admin.settle(ids, JournalNote(actor, why)))
    _report(service, report, "settled", as_json=as_json)


def list_journal(service: _Service, *, limit: _Limit = 100) -> None:
    """List the manual actions on dead letters: one JSON object per line, the newest first."""
    for entry in _with_admin(service, lambda admin: admin.journal(before=None, limit=limit)):
        typer.echo(entry.model_dump_json())


def _selection(
    ids: list[int] | None,
    reason: str | None,
    destination: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Selection:
    """Make a selection.

    Raises:
        typer.BadParameter: no time is in it.
    """
    if since and until and until <= since:
        raise typer.BadParameter(f"--until {_time(until)} is not after --since {_time(since)}")
    return Selection(ids or None, reason, destination, since, until)


def _with_selected(
    service: str, selection: Selection, use: Callable[[DeadLetterAdmin], Awaitable[T]]
) -> T:
    """Use the dead-letter admin of a service, if its selection can find something.

    Raises:
        typer.BadParameter: no open dead letter is for the destination.
    """

    async def checked(admin: DeadLetterAdmin) -> T:
        wanted = selection.destination
        destinations = {row.destination for row in await admin.count(ALL)} if wanted else {wanted}
        if wanted not in destinations:
            there = ", ".join(sorted(filter(None, destinations))) or "no destination"
            raise typer.BadParameter(
                f"no open dead letter of {service} is for {wanted!r}; there are some for {there}"
            )
        return await use(admin)

    return _with_admin(service, checked)


def _with_admin(service: str, use: Callable[[DeadLetterAdmin], Awaitable[T]]) -> T:
    """Use the dead-letter admin of a service.

    Raises:
        typer.BadParameter: the service keeps no dead letters.
        typer.Exit: with status 1, if the database does not answer or has no such dead letter;
            with status 2, if a setting is missing.
    """
    if service not in WITH_DATABASE:
        raise typer.BadParameter(f"{service!r} keeps no dead letters")
    try:
        with settings_of(service):
            settings = _settings(service)
            configure("deadletters", settings.log_level)
            return asyncio.run(_use_admin(service, settings, use))
    except Unavailable as failure:
        typer.echo(f"the database of {service} does not answer: {failure.detail}", err=True)
    except Refused as refusal:
        typer.echo(f"{PROBLEMS[refusal.code].title.en}: {refusal.detail}", err=True)
    raise typer.Exit(1)


async def _use_admin(
    service: str, settings: ServiceSettings, use: Callable[[DeadLetterAdmin], Awaitable[T]]
) -> T:
    package = f"services.{service}"
    routers = [router for router in routers_of(package) if isinstance(router, Router)]
    tracing = Tracing(service, endpoint=settings.otlp_endpoint, ca_file=settings.otlp_ca_file)
    database = command_database(settings)
    try:
        redeliver = redelivery(handlers_of(routers), tracing)
        actions = manual_actions_of(package)
        return await use(DeadLetterAdmin(service, database, redeliver, mark_handled, actions))
    finally:
        await database.close()
        await asyncio.to_thread(tracing.close)


def _settings(service: str) -> ServiceSettings:
    """Return the settings that a replay needs."""
    is_encrypted = any(secret.key_id for secret in entry_of(service).secrets)
    kind = EncryptedSettings if is_encrypted else ServiceSettings
    return kind(_env_prefix=f"{service.upper()}_")


def _line(dead_letter: DeadLetterView) -> str:
    place = (
        f"{dead_letter.topic}/{dead_letter.partition}@{dead_letter.offset}"
        if dead_letter.topic
        else f"{dead_letter.job_type} {dead_letter.destination} {dead_letter.job_key}"
    )
    blocks = f", blocks {dead_letter.blocked_count}" if dead_letter.blocks else ""
    return (
        f"{dead_letter.dead_letter_id}  {dead_letter.reason}  {place}  {dead_letter.attempts} tries"
        f"  since {_time(dead_letter.first_seen_at)}  last {_time(dead_letter.last_seen_at)}"
        f"  for {dead_letter.owner}  trace {dead_letter.trace_id or 'unknown'}{blocks}"
    )


def _time(at: datetime) -> str:
    """A time as `--since` and `--until` take it."""
    return at.astimezone(DHAKA).isoformat(timespec="seconds")


def _report(
    service: str,
    report: ReplayReport,
    done: str,
    *,
    as_json: bool,
    states: Mapping[int, JobState] = _NOBODY_FOLLOWS,
) -> None:
    """Print the result.

    Raises:
        typer.Exit: with status 1, when some failed again, or are not delivered.
    """
    if as_json:
        _print({"service": service, **asdict(report), "states": states})
    for dead_letter_id, why in report.failed.items():
        typer.echo(f"{dead_letter_id} failed again: {why}", err=True)
    typer.echo(
        f"{len(report.settled)} {done}, {len(report.failed)} failed,"
        f" {len(report.blocked)} blocked by others",
        err=True,
    )
    if states:
        by_state = Counter(states.values())
        typer.echo(
            f"of these {by_state['done']} delivered, {by_state['waiting']} due again and not"
            f" delivered yet, {by_state['failed']} failed again",
            err=True,
        )
    if report.failed or {"waiting", "failed"} & set(states.values()):
        raise typer.Exit(1)


def _print(answer: dict[str, Any]) -> None:
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    typer.echo(orjson.dumps(answer, option=options).decode())
