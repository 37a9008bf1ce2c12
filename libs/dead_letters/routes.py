"""The operators' routes of a service that consumes topics or runs jobs."""

from contextlib import suppress
from typing import Annotated, Final

from pydantic import Field

from libs.bangladesh.text import Malformed, parse_int
from libs.contracts.dead_letters import (
    DeadLetterContent,
    DeadLetterList,
    DeadLettersQuery,
    DeadLetterView,
    Failure,
    Journal,
    JournalQuery,
    LookAtDeadLetter,
    ReplayDeadLetters,
    ReplayReport,
    SettleDeadLetters,
)
from libs.dead_letters import replay
from libs.dead_letters.admin import DeadLetterAdmin
from libs.dead_letters.rules import JournalNote, Selection
from libs.errors import Refused
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes

REPLAYED_AT_ONCE: Final = 100
RESENT_AT_ONCE: Final = 5_000
"""Most jobs of one destination: resending makes them due, and calls nobody."""

_BASE: Final = "/v1/operations/{service}"
_READERS: Final[tuple[str, ...]] = ("operator", "dead_letter_viewer")
_LONGEST_ID = 18

DeadLetterId = Annotated[str, Field(description="As in the list", examples=["17"])]

routes = Routes()


@routes.get(f"{_BASE}/dead-letters", roles=_READERS, problems=("role_missing",))
async def list_dead_letters(
    query: DeadLettersQuery,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    admin: DeadLetterAdmin,
) -> DeadLetterList:
    """List dead letters of a service (operators)."""
    selection = Selection(None, query.reason, query.destination, query.since, query.until)
    found = await admin.list_open(selection, after=query.after, limit=query.limit)
    more = found[-1].dead_letter_id if len(found) == query.limit else None
    return DeadLetterList(items=found, next=more)


@routes.get(
    f"{_BASE}/dead-letters/{{dead_letter_id}}",
    roles=_READERS,
    problems=("role_missing", "dead_letter_unknown"),
)
async def read_dead_letter(
    dead_letter_id: DeadLetterId,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    admin: DeadLetterAdmin,
) -> DeadLetterView:
    """Read a dead letter without its content (operators)."""
    return await admin.show(_parse_id(dead_letter_id))


@routes.post(
    f"{_BASE}/looks",
    roles=("dead_letter_viewer",),
    recent_login=True,
    problems=("role_missing", "dead_letter_unknown"),
    example={"dead_letter_id": 17, "why": "ticket 4711: which form was it?"},
)
async def look_at_dead_letter(
    body: LookAtDeadLetter, staff: Staff, admin: DeadLetterAdmin
) -> DeadLetterContent:
    """Read a dead letter with its content; written to the journal (dead_letter_viewer)."""
    return await admin.look(body.dead_letter_id, JournalNote(staff.actor, body.why))


@routes.post(
    f"{_BASE}/replays",
    roles=("operator",),
    recent_login=True,
    problems=("role_missing",),
    example={"destination": "lgd", "why": "lgd has fixed its system"},
)
async def replay_dead_letters(
    body: ReplayDeadLetters, staff: Staff, admin: DeadLetterAdmin
) -> ReplayReport:
    """Replay dead letters, or only count those that would be replayed (operators)."""
    selection = Selection(body.ids, body.reason, body.destination, body.since, body.until)
    selected = await admin.count(selection)
    if body.dry_run:
        return ReplayReport(selected=selected, settled=[], failed=[], blocked=[])
    note = JournalNote(staff.actor, body.why)
    limit = RESENT_AT_ONCE if body.destination else REPLAYED_AT_ONCE
    report = _report(await admin.replay(selection, note, limit=limit))
    return report.model_copy(update={"selected": selected})


@routes.post(
    f"{_BASE}/settlements",
    roles=("operator",),
    recent_login=True,
    problems=("role_missing",),
    example={"ids": [17], "why": "lgd took it on paper, letter of 3 May"},
)
async def settle_dead_letters(
    body: SettleDeadLetters, staff: Staff, admin: DeadLetterAdmin
) -> ReplayReport:
    """Settle dead letters without effect, and replay the records that they block (operators)."""
    return _report(await admin.settle(body.ids, JournalNote(staff.actor, body.why)))


@routes.get(f"{_BASE}/journal", roles=_READERS, problems=("role_missing",))
async def read_operators_journal(
    query: JournalQuery,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    admin: DeadLetterAdmin,
) -> Journal:
    """Read the journal of operators' actions on dead letters (operators)."""
    entries = await admin.journal(before=query.after, limit=query.limit)
    more = entries[-1].entry_no if len(entries) == query.limit else None
    return Journal(items=entries, next=more)


def _parse_id(text: str) -> int:
    """Read the id in the path.

    Raises:
        Refused: no dead letter has such an id.
    """
    with suppress(Malformed):
        if len(text) <= _LONGEST_ID:
            return parse_int(text)
    raise Refused("dead_letter_unknown")


def _report(report: replay.ReplayReport) -> ReplayReport:
    failed = [Failure(dead_letter_id=key, reason=why) for key, why in report.failed.items()]
    return ReplayReport(settled=report.settled, failed=failed, blocked=report.blocked)
