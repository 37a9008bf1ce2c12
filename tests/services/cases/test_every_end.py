"""Every workflow is driven to every end of it, and the process dies at each commit."""

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any, Final, TypeAlias
from uuid import UUID

import pytest

from libs.contracts.cases import ActOnCase
from libs.contracts.pools import DrawPoolList
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import derived_id, new_id
from libs.messaging.reading.batch import Batch
from libs.messaging.writing import outbox
from libs.workflows.case import Case
from libs.workflows.commands import Act, Command, Elapse, Happen, Opine, Pay, Rank, Withdraw
from libs.workflows.facts import RegisterMatch
from libs.workflows.model import CORRECTION, WITHDRAWN, End, Workflow
from libs.workflows.reading import targets_of
from libs.workflows.trying import possible
from services.cases.acts import use_cases as acts
from services.cases.clocks.use_cases import run_out
from services.cases.intake.use_cases import take_in
from services.cases.officers.rules import Officer
from services.cases.pools import use_cases as pools
from services.cases.queues.use_cases import read_tasks
from services.cases.work import queries, rules
from services.cases.work.values import CaseFile, Content, Entry, Order
from tests.services.cases.scenes import (
    NOW,
    Desk,
    appealed,
    changed_tariffs,
    corrected,
    submitted,
    withdrawn,
)
from tests.services.cases.work.scenes import WORKFLOWS, done, opened

APPEAL: Final = "appeal"
PAID: Final = {"papers": {"challan": "C-2026-17"}}
RECORDED_BY, DRAWN_BY, CONFIRMED_BY = new_id(), new_id(), new_id()
ANSWERS: Final[Mapping[str, Mapping[str, tuple[Any, ...]]]] = {
    "S001": {"birth_date": ("2026-02-20", "2020-01-05")},
    "S010": {"business_kind": ("food", "chemical", "service")},
    "S024": {"kind": ("lost", "theft")},
    "S055": {"sex": ("male",), "birth_date": ("1950-01-31", "1990-01-31")},
}
"""Answers that lead different ways, by workflow."""
NO_SOURCE: Final = "none of its sources names who hears one"
NOT_OBJECTED_TO: Final[Mapping[tuple[str, str], str]] = {
    ("S005", "refused"): NO_SOURCE,
    ("S010", "refused"): NO_SOURCE,
    ("S020", "refused"): NO_SOURCE,
    ("S024", "in_person"): "it is made at the police station",
    ("S024", "refused"): NO_SOURCE,
    ("S031", "refused"): NO_SOURCE,
    ("S043", "failed"): "the exam may be taken again before; its sources name nobody for more",
    ("S055", "waiting_over"): "one applies again in the next round",
    ("S055", "refused"): NO_SOURCE,
}
"""Why no objection to a refusal is taken here, by workflow and end.

Its page says that it is not known where one goes. All other refusals are objected to.
"""
REGISTER: Final[Mapping[str, tuple[RegisterMatch, ...]]] = {"S031": ("unreachable", "none")}
"""What the register says of a person, by workflow. None is connected yet: the test says it."""


SENT: Final[Mapping[str, Callable[..., Any]]] = {
    APPEAL: appealed,
    "correct": corrected,
    "withdraw": withdrawn,
}
"""What a citizen sends."""


class Killed(Exception):
    """The process died."""


@dataclass(frozen=True)
class Way:
    """How a case comes to an end.

    Args:
        answers: of its form.
        choices: what happens, in the words of `possible`, or `withdraw`.
        end: the step.
        register: what the register says of the person.
        history: what happens and at which step, where nothing dies.
        is_sent_back: whether an objection was, to whoever decided.
    """

    answers: Mapping[str, Any]
    choices: tuple[str, ...]
    end: str
    register: RegisterMatch = "unreachable"
    history: tuple[str, ...] = ()
    is_sent_back: bool = False

    @property
    def last(self) -> str:
        """What ended it; empty where a rule did at once."""
        return self.choices[-1].split()[0] if self.choices else ""


def choices_of(workflow: Workflow, case: Case) -> dict[str, Command]:
    """All that people and clocks can do to a case; of one that has ended, an appeal in time."""
    found = possible(workflow, case)
    return {**found, "withdraw": Withdraw()} if case.status != "ended" else found


@contextmanager
def register_says(match: RegisterMatch) -> Iterator[None]:
    """Let the register answer this of everybody."""
    facts_of = rules.facts_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            rules, "facts_of", lambda *given: replace(facts_of(*given), register_match=match)
        )
        yield


def ways_of(workflow: Workflow) -> list[Way]:
    """The shortest ways to each end, one for each kind of choice that leads there."""
    ways = _all_ways(workflow, counts=False)
    if ends_of(workflow) - {way.end for way in ways}:  # some end waits for a bound
        ways += _all_ways(workflow, counts=True)
    return list({(way.end, way.last): way for way in reversed(ways)}.values())


def _all_ways(workflow: Workflow, *, counts: bool) -> list[Way]:
    found = []
    for match in REGISTER.get(workflow.workflow, ("unreachable",)):
        with register_says(match):
            for answers in forms_of(workflow):
                ways = _ways(workflow, answers, counts=counts)
                found += [replace(way, register=match) for way in ways]
    return found


def ends_of(workflow: Workflow) -> set[str]:
    """All its ends."""
    return {name for name, step in workflow.steps.items() if isinstance(step, End)}


def forms_of(workflow: Workflow) -> Iterator[dict[str, Any]]:
    """Answers that lead different ways."""
    grid = ANSWERS.get(workflow.workflow, {})
    for values in product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def ways_after(workflow: Workflow, refused: Way, *, counts: bool = False) -> list[Way]:
    """The shortest ways from a refusal, through an objection, to each end, likewise.

    An application has one objection, so an end is one although its workflow would hear another.
    """
    with register_says(refused.register):
        ways = list(
            _ways(workflow, refused.answers, counts=counts, begin=(*refused.choices, APPEAL))
        )
    found = {(way.end, way.is_sent_back, way.last): way for way in reversed(ways)}
    return [replace(way, register=refused.register) for way in found.values()]


def _ways(
    workflow: Workflow, answers: Mapping[str, Any], *, counts: bool, begin: tuple[str, ...] = ()
) -> Iterator[Way]:
    """Ways to each end, one for each state of a case; behind some choices up to an appeal."""
    content, *begun = _begun(workflow, answers, begin)
    pending: deque[Any] = deque([begun])
    back = sent_back_to(workflow) if begin else set()
    seen = set()
    while pending:
        file, at, way = pending.popleft()
        if file.closed_at is not None:
            yield replace(way, end=file.state.step)
        at += timedelta(hours=1)
        for choice, command in choices_of(workflow, file.state).items():
            later = done(workflow, file, content, Order(with_values(command), at))
            if later is None or (begin and choice == APPEAL):
                continue
            is_back = way.is_sent_back or later.file.state.step in back
            further = replace(one_more(way, choice, later.entries), is_sent_back=is_back)
            state = is_back, state_of(workflow, later.file, choice, counts=counts)
            if state not in seen:
                seen.add(state)
                pending.append((later.file, at, further))


def _begun(
    workflow: Workflow, answers: Mapping[str, Any], choices: tuple[str, ...]
) -> tuple[Content, CaseFile, datetime, Way]:
    """A case after some choices, and the way that it has gone."""
    change, content = opened(workflow, answers)
    way, at = Way(answers, (), "", history=said_by(change.entries)), NOW
    for choice in choices:
        at += timedelta(hours=1)
        command = with_values(choices_of(workflow, change.file.state)[choice])
        later = done(workflow, change.file, content, Order(command, at))
        assert later is not None
        change, way = later, one_more(way, choice, later.entries)
    return content, change.file, at, way


def one_more(way: Way, choice: str, entries: Sequence[Entry]) -> Way:
    """A way with one more choice."""
    return replace(way, choices=(*way.choices, choice), history=(*way.history, *said_by(entries)))


def said_by(entries: Sequence[Entry]) -> tuple[str, ...]:
    """What happened, and at which step; without the persons and the days."""
    events = [entry.event for entry in entries]
    return tuple(f"{event.type} {getattr(event, 'step', '')}".rstrip() for event in events)


def reached_from(workflow: Workflow, *starts: str, but: Collection[str] = frozenset()) -> set[str]:
    """The steps to which a case can come from these, without another appeal, and not by those."""
    pending, reached = list(starts), set[str]()
    while pending:
        step_id = pending.pop()
        if step_id == CORRECTION:
            pending.append(workflow.corrections.then)
        elif step_id not in reached and step_id not in but:
            reached.add(step_id)
            step = workflow.steps[step_id]
            pending += [] if isinstance(step, End) else targets_of(step).values()
    return reached


def refusals_of(workflow: Workflow) -> dict[str, End]:
    """The refusals to which a case comes without an objection."""
    ends = {name: workflow.steps[name] for name in reached_from(workflow, workflow.start)}
    return {
        name: end for name, end in ends.items() if isinstance(end, End) and end.outcome == "refused"
    }


def sent_back_to(workflow: Workflow) -> set[str]:
    """The steps from which a case can be refused as it was before the objection."""
    refusals = refusals_of(workflow).keys()
    before = reached_from(workflow, workflow.start) - ends_of(workflow)
    return {name for name in before if refusals & reached_from(workflow, name)}


def state_of(workflow: Workflow, file: CaseFile, choice: str, *, counts: bool) -> Hashable:
    """Where a case is, by what it ended, and perhaps how often it was at steps with a bound."""
    case = file.state
    bounded = [(name, n) for name, n in case.entered.items() if workflow.steps[name].most]
    last = choice.split()[0] if file.closed_at else ""
    opinions, visits = sorted(case.opinions.items()), sorted(bounded) if counts else []
    return case.step, case.status, case.corrections > 0, case.asked, last, *opinions, *visits


def with_values(command: Command) -> Command:
    """A command with the values that an officer sets in this test."""
    return (
        replace(command, sets=dict.fromkeys(command.sets, 1))
        if isinstance(command, Act)
        else command
    )


Do: TypeAlias = Callable[[Transaction], Awaitable[None]]


class Road:
    """Leads one case along a way; the process dies before each commit, and right after it."""

    def __init__(self, desk: Desk, workflow: Workflow, way: Way) -> None:
        self.desk, self.workflow, self.way = desk, workflow, way
        self.first = submitted(workflow.workflow, answers=way.answers, applicant_id=new_id())
        self.at = NOW
        self.objection: Any = None

    async def go(self) -> CaseFile:
        """Lead the case to its end, and return it."""
        await self.with_kills(self._taken_in(self.first))
        for choice in self.way.choices:
            self.at += timedelta(hours=1)
            await self._take(choice)
        return await self.desk.file(self.first)

    async def with_kills(self, do: Do) -> None:
        """Do something in a transaction whose first process dies before its end."""
        before = await self._stored()
        with suppress(Killed):
            async with self.desk.database.transaction() as tx:
                await do(tx)
                raise Killed
        assert await self._stored() == before
        async with self.desk.database.transaction() as tx:
            await do(tx)

    async def again(self, do: Do) -> None:
        """Do what was done before: whoever asked had no answer. Nothing is done twice."""
        before, refusal = await self._stored(), ""
        try:
            async with self.desk.database.transaction() as tx:
                await do(tx)
        except Refused as refused:
            refusal = refused.code
        assert refusal in {"", "case_changed", "case_unknown"}
        assert await self._stored() == before

    async def history(self) -> tuple[str, ...]:
        """What is stored of what happened."""
        async with self.desk.database.transaction() as tx:
            entries = await queries.read_history(tx, self.first.event_id, self.first.ministry)
        return said_by(entries)

    async def appealed_again(self, objection: Any = None) -> None:
        """Read the objection again, also the last one: nothing is done twice."""
        self.objection = objection or self.objection
        await self.again(self._taken_in(self.objection))

    async def _take(self, choice: str) -> None:
        file = await self.desk.file(self.first)
        match choices_of(self.workflow, file.state)[choice]:
            case Elapse() as elapsed:
                await self._twice(await self._elapsed(elapsed))
            case Pay():
                recorded = await self._acted(file, RECORDED_BY, "record_challan", PAID)
                await self.with_kills(recorded)
                await self._twice(await self._acted(file, CONFIRMED_BY, "confirm_challan", PAID))
            case Rank() as ranked:
                await self._ranked(file, ranked)
            case Happen() as happened:
                await self._twice(await self._acted(file, self._officer(file), happened.name))
            case Opine(asked=asked, clear=clear):
                action = f"{'clear' if clear else 'objection'}_{asked}"
                await self._twice(await self._acted(file, self._officer(file), action))
            case Act(action=action) as act:
                papers = dict.fromkeys(act.files, "17")
                more = {"papers": papers, "values": dict.fromkeys(act.sets, "1"), "note": "কারণ"}
                await self._twice(await self._acted(file, self._officer(file), action, more))
            case _:
                event = SENT[choice]
                sent = event(self.first, occurred_at=self.at, event_id=new_id())
                await self.with_kills(self._taken_in(sent))
                if choice == APPEAL:
                    await self.appealed_again(sent)

    async def _twice(self, do: Do) -> None:
        await self.with_kills(do)
        await self.again(do)

    def _officer(self, file: CaseFile) -> UUID:
        """Another person at each step."""
        return derived_id(self.first.event_id, file.state.step)

    async def _acted(
        self, file: CaseFile, officer_id: UUID, action: str, more: Mapping[str, Any] | None = None
    ) -> Do:
        async with self.desk.database.transaction() as tx:
            tasks = await read_tasks(tx, file.case_id)
        (duty, office), *_ = [
            (task.duty, task.office_id) for task in tasks if fits(task.duty, action)
        ]
        officer = Officer(officer_id, "lgd", office, frozenset({duty}))
        body = ActOnCase(revision=file.revision, duty=duty, action=action, **(more or {}))

        async def do(tx: Transaction) -> None:
            await acts.act(tx, officer, file.case_id, body, self.at)

        return do

    def _taken_in(self, event: Any) -> Do:
        async def do(tx: Transaction) -> None:
            batch: Batch[Any] = Batch.of(event)
            await outbox.add(tx, await take_in(tx, batch, at=self.at))
            assert batch.refused == []

        return do

    async def _elapsed(self, command: Elapse) -> Do:
        async with self.desk.database.transaction() as tx:
            timers = (await queries.read_timers(tx, [self.first.event_id]))[self.first.event_id]
        self.at = next(timer.due_at for timer in timers if timer.kind == command.clock)

        async def do(tx: Transaction) -> None:
            await run_out(tx, {command.clock}, at=self.at, limit=9)

        return do

    async def _ranked(self, file: CaseFile, command: Rank) -> None:
        """One officer draws a list of this case, another one confirms it, and it is carried out."""
        async with self.desk.database.transaction() as tx:
            (task,) = await read_tasks(tx, file.case_id)
        one, other = (
            Officer(officer_id, "lgd", task.office_id, frozenset({task.duty}))
            for officer_id in (DRAWN_BY, CONFIRMED_BY)
        )
        body = DrawPoolList(
            duty=task.duty,
            workflow=file.workflow_key,
            step=file.state.step,
            group="",
            quota=int(command.result == "selected"),
            order="order 7",
        )
        lists: list[UUID] = []

        async def draw(tx: Transaction) -> None:
            lists.append(await pools.draw(tx, one, body, self.at))

        async def confirm(tx: Transaction) -> None:
            await pools.confirm(tx, other, lists[-1], 1, self.at)

        async def go_on(tx: Transaction) -> None:
            await pools.go_on(tx, at=self.at)

        await self.with_kills(draw)
        await self.with_kills(confirm)
        await self._twice(go_on)

    async def _stored(self) -> list[tuple[Any, ...]]:
        """All that is stored of the case, and all that is announced."""
        async with self.desk.database.transaction() as tx:
            rows = await tx.fetch(
                """
                SELECT (SELECT revision FROM cases WHERE case_id = $1),
                       (SELECT count(*) FROM history WHERE case_id = $1),
                       (SELECT array_agg(duty || visit || office_id) FROM tasks
                         WHERE case_id = $1),
                       (SELECT array_agg(kind || due_at) FROM timers WHERE case_id = $1),
                       (SELECT array_agg(recorded_by || challan) FROM bills WHERE case_id = $1),
                       (SELECT count(*) FROM outbox)
                """,
                self.first.event_id,
            )
        return [tuple(row.values()) for row in rows]


def fits(duty: str, action: str) -> bool:
    """Whether an officer with a duty does this; of a panel each has the own opinion."""
    return action.removeprefix("clear_").removeprefix("objection_") in {duty, action}


@pytest.mark.parametrize("key", sorted(WORKFLOWS))
async def test_a_case_comes_to_each_end_whenever_the_process_dies(
    database: Database, key: str
) -> None:
    """Its history gives it, it is decided once, and nothing of it is open any more."""
    workflow = WORKFLOWS[key]
    ways = ways_of(workflow)
    assert {way.end for way in ways} == ends_of(workflow)
    desk = await Desk(database).prepare([workflow], changed_tariffs())
    outcomes: dict[str, list[str]] = {}
    for way in ways:
        road = Road(desk, workflow, way)
        with register_says(way.register):
            file = await road.go()
        assert (file.state.step, file.waits_for) == (way.end, None), way
        assert await road.history() == way.history
        end = workflow.steps[way.end]
        assert isinstance(end, End)
        before: list[str] = ["refused"] if APPEAL in way.choices else []
        after: list[str] = [] if end.outcome == "withdrawn" else [end.outcome]
        outcomes[str(road.first.application_id)] = before + after
    said = [event["value"] for event in await desk.said()]
    for application_id, expected in outcomes.items():
        decided = [value for value in said if value["application_id"] == application_id]
        assert [value["outcome"] for value in decided if "outcome" in value] == expected
    assert await desk.rows("SELECT case_id FROM tasks UNION SELECT case_id FROM timers") == []


@pytest.mark.parametrize("key", sorted(WORKFLOWS))
async def test_each_refusal_is_objected_to_until_each_end_whenever_the_process_dies(
    database: Database, key: str
) -> None:
    """Upheld, overturned, or sent back and decided anew; the history is that without a death.

    Where none is taken, it is said why. An objection that is read again once it is decided opens
    nothing.
    """
    workflow = WORKFLOWS[key]
    assert {name for name, end in refusals_of(workflow).items() if end.appeal is None} == {
        end for of, end in NOT_OBJECTED_TO if of == workflow.workflow
    }
    desk = await Desk(database).prepare([workflow], changed_tariffs())
    expected: dict[str, list[tuple[str, str]]] = {}
    for way in ways_of_objections(workflow):
        road = Road(desk, workflow, way)
        with register_says(way.register):
            file = await road.go()
            await road.appealed_again()
        assert (file.state.step, file.waits_for) == (way.end, None), way
        assert await road.history() == way.history
        outcome = file.state.outcome or ""
        after = [] if outcome == "withdrawn" else [(outcome, "appeal")]
        expected[str(road.first.application_id)] = [("refused", "first"), *after]
    decided: dict[str, list[tuple[str, str]]] = {}
    for value in [said["value"] for said in await desk.said() if "outcome" in said["value"]]:
        found = decided.setdefault(value["application_id"], [])
        found.append((value["outcome"], value["stage"]))
    assert decided == expected
    assert await desk.rows("SELECT case_id FROM tasks UNION SELECT case_id FROM timers") == []


def ways_of_objections(workflow: Workflow) -> list[Way]:
    """The ways through each refusal that may be objected to, to each end behind it."""
    offers = {name: end.appeal for name, end in refusals_of(workflow).items() if end.appeal}
    refused = [way for way in ways_of(workflow) if APPEAL not in way.choices]
    ways = []
    for way in refused:
        if offer := offers.get(way.end):
            found = ways_after(workflow, way)
            reached = {(after.end, after.is_sent_back) for after in found}
            assert reached == ends_after(workflow, offer.to)
            ways += found
    assert {way.end for way in refused} >= offers.keys()
    return ways


def ends_after(workflow: Workflow, heard_at: str) -> set[tuple[str, bool]]:
    """The ends of an objection, and those after it was sent back, as the steps lead to them."""
    back = sent_back_to(workflow)
    anew = back & reached_from(workflow, heard_at)
    at_once = reached_from(workflow, heard_at, but=back) | {WITHDRAWN}
    later = reached_from(workflow, *anew) | {WITHDRAWN} if anew else set()
    found = {(name, False) for name in at_once} | {(name, True) for name in later}
    return {(name, is_back) for name, is_back in found if name in ends_of(workflow)}
