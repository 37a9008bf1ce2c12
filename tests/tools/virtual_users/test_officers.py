"""Virtual officers at an office that is played here: what they do, and the rows that they write."""

import asyncio
from collections import Counter as Counts
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from typing_extensions import override

from libs.grievances import GRIEVANCE
from libs.offices import Responsible, office_of_role, responsible
from services.catalogue.public_services.reference import read_reference
from tools.ledger import Row
from tools.virtual_users.citizen import Api, NotServed
from tools.virtual_users.counter import Counter
from tools.virtual_users.officers import ANSWER, DESKS, OF_GRIEVANCES, Officer, Officers, choose

NUMBER = "NS-7K4M9-PXRT3-HC2D3"
STEPS = ("forward", "sign")
TODAY = date(2026, 11, 25)


def action_of(name: str, **fields: Any) -> Row:
    """An action as a case has it."""
    return {
        "action": name,
        "duty": "secretary",
        "is_refusal": False,
        "asks_applicant": False,
        "asks_time": False,
        "papers": [],
        "values": [],
        **fields,
    }


class Office(Api):
    """An office with one case of two steps; the answers to some acts are lost."""

    def __init__(self, *, lost: int = 0) -> None:
        self.done: list[str] = []
        self.bodies: list[Any] = []
        self.lost = lost

    @override
    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: Any = None,
        content: bytes | None = None,
        give_up_after_s: float = 0.0,
    ) -> tuple[int, dict[str, Any]]:
        await asyncio.sleep(0)
        if path.endswith("/acts"):
            return self._act(body)
        if path.startswith("/v1/cases?"):
            is_open = len(self.done) < len(STEPS)
            rows = [{"case_id": "c", "duty": duty} for duty in ("secretary", "accounts")]
            return 200, {"items": rows if is_open else []}
        return 200, self._view()

    @property
    def _status(self) -> str:
        return "ended" if len(self.done) == len(STEPS) else "open"

    def _view(self) -> Row:
        step = len(self.done)
        actions = [action_of("refuse", is_refusal=True)]
        actions += [action_of(name) for name in STEPS[step : step + 1]]
        return {
            "case_id": "c",
            "tracking_number": NUMBER,
            "revision": step + 1,
            "status": self._status,
            "outcome": "approved" if step == len(STEPS) else None,
            "actions": actions if step < len(STEPS) else [],
        }

    def _act(self, body: Any) -> tuple[int, dict[str, Any]]:
        self.bodies.append(body)
        if body["revision"] != len(self.done) + 1:
            return 409, {"type": "/problems/case_changed"}
        self.done.append(body["action"])
        if self.lost:
            self.lost -= 1
            raise NotServed("no answer")
        return 200, {"status": self._status}


async def worked(office: Office, officers: int = 1) -> tuple[list[tuple[str, Row]], Officers]:
    """Let officers work until the case has ended and they have seen it; return their rows."""
    people = [Officer(Counter(office, ""), "union", ("secretary",)) for _ in range(officers)]
    rows: list[tuple[str, Row]] = []
    stop, found = asyncio.Event(), Officers(people, lambda _: "")

    def note(kind: str, new: Sequence[Row]) -> None:
        rows.extend((kind, row) for row in new)
        if kind == "decisions":
            stop.set()

    async with asyncio.timeout(20):
        await found.work(stop, note)
    return rows, found


async def test_officers_write_a_case_and_its_decision_into_the_ledger_once() -> None:
    """They grant it; whoever comes second is refused and does nothing twice."""
    office = Office()
    rows, _ = await worked(office, officers=2)
    row = {"case_id": "c", "tracking_number": NUMBER}
    assert [row for row in rows if row[0] == "submissions"] == [
        ("submissions", {**row, "kind": "submitted"})
    ]
    assert rows[-1] == ("decisions", {**row, "action": "approved"})
    assert Counts(office.done) == {"forward": 1, "sign": 1}


async def test_a_decision_whose_answer_was_lost_is_seen_later() -> None:
    """The case is not in the queue any more, and is read by its id."""
    rows, officers = await worked(Office(lost=2))
    assert [kind for kind, _ in rows] == ["submissions", "decisions"]
    assert officers.problems == ["no answer", "no answer"]


def test_an_officer_grants_and_neither_refuses_nor_asks() -> None:
    """Where nothing else can be done, nothing is done."""
    asks = [action_of("ask", asks_applicant=True), action_of("appoint", asks_time=True)]
    assert choose([action_of("refuse", is_refusal=True), *asks]) is None
    assert choose([*asks, action_of("sign")]) == action_of("sign")


async def test_papers_and_values_that_an_act_needs_are_given() -> None:
    """The number of a paper in the office's file, and a value."""
    office = Office()
    officer = Officer(Counter(office, ""), "union", ("secretary",))
    wanted = action_of("forward", papers=["challan"], values=["gd_number"])
    await officer.act({"case_id": "c", "revision": 1}, wanted)
    assert office.bodies[0]["papers"].keys() == {"challan"}
    assert office.bodies[0]["values"].keys() == {"gd_number"}


async def test_whoever_answers_a_grievance_says_why() -> None:
    """Where the applicant reads reasons, and nowhere else."""
    office = Office()
    officer = Officer(Counter(office, ""), "union", ("secretary",))
    actions = [action_of("settle", needs_reasons=True), action_of("forward")]
    for revision, action in enumerate(actions, start=1):
        await officer.act({"case_id": "c", "revision": revision}, action)
    assert [body["note"] for body in office.bodies] == [ANSWER, None]


def test_grievances_of_the_demo_have_officers_at_the_offices_of_the_rules() -> None:
    """Of each body whose offices work in it, about that one, and on appeal."""
    rules = [rule for key, rule in read_reference(grievances=True).routing if key == GRIEVANCE]
    planted = {(desk.office_id, desk.duties[0][0]) for desk in OF_GRIEVANCES}
    assert {desk.ministry for desk in DESKS} <= {desk.ministry for desk in OF_GRIEVANCES}
    for body in {desk.ministry for desk in DESKS}:
        for said in ({}, {"office": f"grievance-{body}"}):
            answers = {"body": body, **said}
            found = responsible(rules, answers, TODAY, Responsible("cabinet", "none_yet"))
            assert found.office is not None
            assert (found.office.office_id, "grievance_officer") in planted
            heard = office_of_role(rules, "appeal_officer", answers, TODAY)
            assert heard is not None
            assert (heard.office.office_id, "appeal_officer") in planted


def test_each_desk_has_two_persons() -> None:
    """Nobody records and confirms a fee alone, or checks and decides."""
    assert all(len(desk.duties) > 1 for desk in DESKS)
