"""The actions of operators on the dead letters of one service, by command and over the API."""

from collections.abc import Mapping, Sequence
from functools import partial

from asyncpg import Record

from libs.contracts.dead_letters import (
    DeadLetterContent,
    DeadLetterView,
    Header,
    JournalEntry,
    SelectedDeadLetters,
)
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.dead_letters import queries
from libs.dead_letters.replay import Replay, ReplayReport
from libs.dead_letters.rules import (
    ALL,
    SETTLED_MANUALLY,
    FailedJob,
    JobState,
    JournalNote,
    ManualActions,
    MarkHandled,
    Redeliver,
    Selection,
    owner_of,
)
from libs.errors import Refused
from libs.trace_context import read_text


class DeadLetterAdmin:
    """The dead letters of one service.

    Args:
        service: its name.
        database: its own.
        redeliver: calls the handler of a record again.
        mark_handled: marks the event of a record that is settled without effect.
        manual_actions: by job type.
    """

    def __init__(
        self,
        service: str,
        database: Database,
        redeliver: Redeliver,
        mark_handled: MarkHandled,
        manual_actions: Mapping[str, ManualActions],
    ) -> None:
        self.service = service
        self._database = database
        self._mark_handled = mark_handled
        self._manual_actions = manual_actions
        self._replay = Replay(database, redeliver, manual_actions)

    async def list_open(
        self, selection: Selection = ALL, *, after: int = 0, limit: int
    ) -> list[DeadLetterView]:
        """List open dead letters: ids and reasons, never content."""
        async with self._database.transaction() as tx:
            rows = await queries.list_dead_letters(tx, selection, after=after, limit=limit)
        return list(map(partial(view_of, self.service), rows))

    async def show(self, dead_letter_id: int) -> DeadLetterView:
        """Show a dead letter without its content, open or settled.

        Raises:
            Refused: there is no such dead letter.
        """
        async with self._database.transaction() as tx:
            return await self._read(tx, dead_letter_id)

    async def look(self, dead_letter_id: int, note: JournalNote) -> DeadLetterContent:
        """Show a dead letter with its content, and write a journal entry in the same transaction.

        Raises:
            Refused: there is no such dead letter.
        """
        async with self._database.transaction() as tx:
            view = await self._read(tx, dead_letter_id)
            await queries.insert_journal(tx, note, "look", [dead_letter_id])
            return await self._content(tx, view)

    async def count(self, selection: Selection) -> list[SelectedDeadLetters]:
        """Count what a replay would select, by topic or job type, destination and reason."""
        async with self._database.transaction() as tx:
            return await queries.count_selected(tx, selection)

    async def replay(
        self, selection: Selection, note: JournalNote, *, limit: int | None = None
    ) -> ReplayReport:
        """Replay open dead letters in order, and the records that they block."""
        return await self._replay.run(selection, note=note, limit=limit)

    async def states_of(self, report: ReplayReport) -> dict[int, JobState]:
        """Read the states of the jobs of a replay, by id, for job types that keep them."""
        keys: dict[str, dict[str, int]] = {}
        for dead_letter_id, (job_type, job_key) in report.resent.items():
            keys.setdefault(job_type, {})[job_key] = dead_letter_id
        found: dict[int, JobState] = {}
        for job_type, ids in keys.items():
            states = self._manual_actions[job_type].states
            if states is not None:
                async with self._database.transaction() as tx:
                    found |= {ids[key]: state for key, state in (await states(tx, ids)).items()}
        return found

    async def settle(self, ids: Sequence[int], note: JournalNote) -> ReplayReport:
        """Settle dead letters without their effect, and replay the records that they block."""
        report = ReplayReport()
        for dead_letter_id in dict.fromkeys(ids):
            async with self._database.transaction() as tx:
                unblocked = await self._settle_one(tx, dead_letter_id, note)
            if unblocked is None:
                continue
            report.settled.append(dead_letter_id)
            report.add(await self._replay.run(Selection(ids=unblocked), limit=len(unblocked)))
        return report

    async def journal(self, *, before: int | None, limit: int) -> list[JournalEntry]:
        """Read the journal, the newest entry first."""
        async with self._database.transaction() as tx:
            return await queries.read_journal(tx, before=before, limit=limit)

    async def _settle_one(
        self, tx: Transaction, dead_letter_id: int, note: JournalNote
    ) -> list[int] | None:
        """Settle a dead letter; return those that it blocked, or None if it is not open."""
        dead_letter = await queries.lock_open(tx, dead_letter_id)
        if dead_letter is None:
            return None
        await queries.insert_journal(tx, note, "settle", [dead_letter_id])
        await queries.settle(tx, [dead_letter_id], how=SETTLED_MANUALLY)
        if not isinstance(dead_letter.failed, FailedJob):
            await self._mark_handled(tx, dead_letter.failed)
            return await queries.blocked_by(tx, dead_letter_id, dead_letter.failed)
        if actions := self._manual_actions.get(dead_letter.failed.job_type):
            await actions.close(tx, [dead_letter.failed.job_key])
        return []

    async def _read(self, tx: Transaction, dead_letter_id: int) -> DeadLetterView:
        rows = await queries.list_dead_letters(
            tx, Selection(ids=[dead_letter_id]), limit=1, also_settled=True
        )
        if not rows:
            raise Refused("dead_letter_unknown", str(dead_letter_id))
        return view_of(self.service, rows[0])

    async def _content(self, tx: Transaction, view: DeadLetterView) -> DeadLetterContent:
        dead_letter = await queries.read_one(tx, view.dead_letter_id)
        if dead_letter is None:
            raise Refused("dead_letter_unknown", str(view.dead_letter_id))
        failed = dead_letter.failed
        if isinstance(failed, FailedJob):
            actions = self._manual_actions.get(failed.job_type)
            job = await actions.show(tx, failed.job_key) if actions else None
            return DeadLetterContent(dead_letter=view, job=dict(job) if job else None)
        return DeadLetterContent(
            dead_letter=view,
            key=_text(failed.key),
            headers=[Header(name=name, value=_text(value)) for name, value in failed.headers],
            value=_text(failed.value),
        )


def view_of(service: str, row: Record) -> DeadLetterView:
    """Make the view of a row of `queries.list_dead_letters`."""
    fields = dict(row)
    trace = read_text(fields.pop("trace_context"))
    return DeadLetterView(
        service=service,
        partition=fields.pop("topic_partition"),
        offset=fields.pop("topic_offset"),
        age_s=round(fields.pop("age_s"), 1),
        owner=owner_of(service, row["destination"], row["reason"]),
        trace_id=trace.trace_id if trace else None,
        **fields,
    )


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "backslashreplace")
