"""Virtual officers: two people of the programme give them an office and duties, and they work."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from libs.grievances import GRIEVANCE
from tools.ledger import Row
from tools.virtual_users.citizen import Api, NotServed
from tools.virtual_users.counter import Command, Counter, secret_in, staff_of

CHALLAN: Final = "T 2026-11"
"""The number that two officers type for every fee."""
_PAUSE_S: Final = 0.5
_DECISIONS: Final = frozenset({"approved", "refused", "lapsed"})
Note = Callable[[str, Sequence[Row]], None]
"""Takes rows of the ledger by their kind, as `Ledger.add`."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A public service on which officers work here, and the office of all applications of a run.

    Args:
        public_service_id: the service.
        ministry: whose service and office it is.
        office_id: the office that is responsible by the answers of `valid_answers`.
        kind: of the office.
        duties: of its officers, officer by officer.
    """

    public_service_id: str
    ministry: str
    office_id: str
    kind: str
    duties: Sequence[Sequence[str]]


DESKS: Final = (
    Desk(
        "S005",
        "lgd",
        "union-U2393",
        "union",
        (("accounts", "secretary", "ward_member"), ("accounts", "chairman")),
    ),
    Desk("S024", "psd", "police-302618", "police_station", (("duty_officer",), ("oc",))),
)
"""A certificate with a fee, at a union; and a general diary, at a police station."""
OF_GRIEVANCES: Final = (
    Desk(GRIEVANCE, "lgd", "grievance-lgd", "head_office", (("grievance_officer",),)),
    Desk(GRIEVANCE, "psd", "grievance-psd", "head_office", (("grievance_officer",),)),
    Desk(GRIEVANCE, "cabinet", "grievance-cabinet", "head_office", (("grievance_officer",),)),
    Desk(GRIEVANCE, "cabinet", "grievance-appeal-cabinet", "head_office", (("appeal_officer",),)),
)
"""The bodies of `DESKS`, and the Cabinet Division, which answers about theirs and hears appeals."""
ANSWER: Final = "নমুনা: অভিযোগটি সত্য, সাত দিনের মধ্যে ব্যবস্থা নেওয়া হবে"
"""What an officer writes where the applicant reads reasons."""
AT_DESKS: Final = frozenset(desk.public_service_id for desk in DESKS)


@dataclass(slots=True)
class Programme:
    """Two people of the programme: one proposes, the other approves."""

    proposes: Counter
    approves: Counter

    @classmethod
    async def opened(cls, api: Api, run: Command) -> "Programme":
        """Create both by command, and log them in."""
        return cls(*await asyncio.gather(*(staff_of("programme", api, run) for _ in range(2))))

    async def open_office(self, office_id: str, ministry: str, kind: str = "union") -> None:
        """Create an office where officers work.

        Raises:
            NotServed: it was refused.
        """
        body = {"name": {"bn": office_id, "en": office_id}, "kind": kind, "ministry": ministry}
        await call(self.proposes, "PUT", f"/v1/offices/{office_id}", body)

    async def hire(self, office_id: str, duties: Sequence[str]) -> "Officer":
        """Create an officer of an office with duties; the officer has chosen a password.

        Raises:
            NotServed: something was refused.
        """
        username = f"officer-{secrets.token_hex(4)}"
        body = {"username": username, "office_id": office_id}
        made = await call(self.proposes, "POST", "/v1/officers", body, status=201)
        for duty in duties:
            await self.give(made["officer_id"], duty)
        secret = secret_in(made["authenticator_address"])
        person = Counter(self.proposes.api, "", username, secret)
        person.token = await person.change_password(made["initial_password"])
        return Officer(person, office_id, tuple(duties))

    async def give(self, officer_id: str, duty: str) -> None:
        """Give an officer a duty, as two people do.

        Raises:
            NotServed: it was refused.
        """
        body = {"duty": duty, "reason": "order of the office"}
        path = f"/v1/officers/{officer_id}/duties"
        proposed = await call(self.proposes, "POST", path, body, status=201)
        approval = f"/v1/proposals/{proposed['proposal_id']}/approval"
        await call(self.approves, "POST", approval)


@dataclass(slots=True)
class Officer:
    """An officer with duties at an office.

    Args:
        unsure: ids of cases on which the officer acted without an answer, and that have not ended.
    """

    person: Counter
    office_id: str
    duties: tuple[str, ...]
    unsure: set[str] = field(default_factory=set)

    async def read_queue(self) -> list[str]:
        """Return the ids of cases that wait for the officer; those of the first page.

        Raises:
            NotServed: it was refused, or there is no answer.
        """
        queue = await call(self.person, "GET", "/v1/cases?limit=100")
        return list(dict.fromkeys(row["case_id"] for row in queue["items"]))

    async def read_case(self, case_id: str) -> Row:
        """Return a case as the officer sees it.

        Raises:
            NotServed: it was refused, or there is no answer.
        """
        return await call(self.person, "GET", f"/v1/cases/{case_id}")

    async def act(self, case: Row, action: Row) -> Row:
        """Do something with a case as it was seen, and return what became of it.

        Raises:
            NotServed: it was refused, or there is no answer: it may have been done.
        """
        body = {
            "revision": case["revision"],
            "duty": action["duty"],
            "action": action["action"],
            "papers": dict.fromkeys(action["papers"], CHALLAN),
            "values": dict.fromkeys(action["values"], "1"),
            "note": ANSWER if action.get("needs_reasons") else None,
        }
        return await call(self.person, "POST", f"/v1/cases/{case['case_id']}/acts", body)


def choose(actions: Sequence[Row]) -> Row | None:
    """Return what an officer does who grants everything; None if there is nothing."""
    return next(
        (
            action
            for action in actions
            if not (action["is_refusal"] or action["asks_applicant"] or action["asks_time"])
        ),
        None,
    )


@dataclass(slots=True)
class Officers:
    """The officers of a run, and the rows of the ledger that they write.

    An office's rows name the tracking number and the case, since officers know no more. A case is
    one hand-over; an application with two of them was handed over twice.

    Args:
        officers: of all desks.
        problems: what they were refused on the way.
    """

    officers: Sequence[Officer]
    run: Command
    problems: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _decided: set[str] = field(default_factory=set)

    @classmethod
    async def opened(cls, api: Api, run: Command, *, grievances: bool = False) -> "Officers":
        """Have officers work on the services of `DESKS` here, from today on.

        Args:
            api: the public API.
            run: runs a command for operators.
            grievances: whether officers answer grievances, too: those of `OF_GRIEVANCES`.

        Raises:
            NotServed: something was refused.
        """
        async with asyncio.TaskGroup() as tasks:
            opening = tasks.create_task(Programme.opened(api, run))
            for desk in DESKS:
                tasks.create_task(_set_adapter(run, desk, "desk"))
        programme = opening.result()
        hired = []
        for desk in (*DESKS, *(OF_GRIEVANCES if grievances else ())):
            await programme.open_office(desk.office_id, desk.ministry, desk.kind)
            hired += [await programme.hire(desk.office_id, duties) for duties in desk.duties]
        return cls(hired, run)

    async def close(self) -> None:
        """Let the ministries' systems serve the services again; what is open here is finished."""
        await asyncio.gather(*(_set_adapter(self.run, desk, "of-ministry") for desk in DESKS))

    @property
    def is_unsure(self) -> bool:
        """Whether an officer acted on a case and has not seen what became of it."""
        return any(officer.unsure for officer in self.officers)

    @property
    def witness(self) -> Counter:
        """The officer before whom citizens without a phone consent."""
        return self.officers[0].person

    async def work(self, stop: asyncio.Event, note: Note) -> None:
        """Work on all cases until stopped.

        Args:
            stop: ends the work.
            note: takes the rows of the ledger.
        """
        async with asyncio.TaskGroup() as tasks:
            for officer in self.officers:
                tasks.create_task(self._work(officer, stop, note))

    async def _work(self, officer: Officer, stop: asyncio.Event, note: Note) -> None:
        async with asyncio.TaskGroup() as tasks:
            login = tasks.create_task(officer.person.stay_logged_in())
            while not stop.is_set():
                try:
                    for case_id in await officer.read_queue():
                        await self._work_on(officer, case_id, note)
                    await self._look_again(officer, note)
                except NotServed as failure:
                    self.problems.append(str(failure))
                await asyncio.sleep(_PAUSE_S)
            login.cancel()

    async def _work_on(self, officer: Officer, case_id: str, note: Note) -> None:
        case = await officer.read_case(case_id)
        self._see(case, note)
        action = choose(case["actions"])
        if action is None:
            return
        officer.unsure.add(case_id)
        done = await officer.act(case, action)
        if done["status"] != "ended":
            officer.unsure.discard(case_id)

    async def _look_again(self, officer: Officer, note: Note) -> None:
        """See what became of cases that have ended, or on which an answer was lost.

        One that was taken back before anybody at the office did something is not shown any more.

        Raises:
            NotServed: one was refused otherwise, or there is no answer.
        """
        for case_id in list(officer.unsure):
            try:
                case = await officer.read_case(case_id)
            except NotServed as failure:
                if "case_unknown" not in str(failure):
                    raise
                officer.unsure.discard(case_id)
                continue
            self._see(case, note)
            if case["status"] == "ended":
                officer.unsure.discard(case_id)

    def _see(self, case: Row, note: Note) -> None:
        """Write what an officer sees into the ledger: that a case is here, and how it ended."""
        row = {"case_id": case["case_id"], "tracking_number": case["tracking_number"]}
        if case["case_id"] not in self._seen:
            self._seen.add(case["case_id"])
            note("submissions", [{**row, "kind": "submitted"}])
        outcome = case["outcome"]
        if outcome in _DECISIONS and case["case_id"] not in self._decided:
            self._decided.add(case["case_id"])
            note("decisions", [{**row, "action": outcome}])


async def _set_adapter(run: Command, desk: Desk, adapter: str) -> None:
    """Set by command who hands over the applications for a service from today on."""
    command = ["admin", "catalogue", "set-service-adapter", desk.public_service_id, adapter]
    await asyncio.to_thread(run, [*command, "--by", "t"])


async def call(
    person: Counter, method: str, path: str, body: Any = None, *, status: int = 200
) -> dict[str, Any]:
    """Call the API as a person of staff.

    Raises:
        NotServed: it was refused, or there is no answer.
    """
    headers = {"authorization": f"Bearer {person.token}"}
    answered, reply = await person.api.request(method, path, headers=headers, body=body)
    if answered not in {status, 204}:
        raise NotServed(f"{method} {path}: {answered} {reply.get('type', '')}")
    return reply
