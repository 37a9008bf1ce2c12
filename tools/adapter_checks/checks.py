"""Checks of a ministry's system: our adapter hands submissions over to the system itself."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from typing_extensions import override

from libs.clock import utc_now
from libs.contracts.applications import ResponsibleOffice, Stage
from libs.contracts.language import Text
from libs.contracts.mandates import MandateEvidence
from libs.contracts.ministries import MinistryDecision
from libs.errors import NotAdmitted, Refused, Unavailable, Unreadable
from libs.ids import new_id, new_tracking_number
from libs.web.calling.client import Reply
from services.ministries.connections.rules import APPEALED
from services.ministries.deliveries.adapters.contract import (
    Adapter,
    CanConfirm,
    Link,
    PolledAdapter,
)
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter, body_of
from services.ministries.deliveries.jobs import deliver
from services.ministries.deliveries.responses import Action
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.values import Inquiry
from tools.adapter_checks.platform import Decided, HandedOver, Platform

_AT_ONCE: Final = 8
_NOT_OFFERED: Final = "S000"
_ANOTHER_KEY: Final = "whsec_YW5vdGhlciBrZXkgb2YgdGhlIG1pbmlzdHJ5Cg=="
_TOO_OLD: Final = timedelta(minutes=10)
_LARGE_LETTERS: Final = 15_000  # 45 kB: a form may have 56 KiB with all its fields
_ASK_EVERY_S: Final = 0.5
_LOST: Final = 2
_DECIDED: Final = 2
_REMARK: Final = {"remark": "a test of the connection"}
"""The answer by which a ministry finds the invented applications among its own."""
_GROUNDS: Final = orjson.dumps({"grounds": "কাগজটি আবেদনের সঙ্গে ছিল"}).decode()
_LATER_FIELD: Final = {"a_later_field": {"since": "the next release of the platform"}}
_FAILURES: Final = (Refused, Unavailable, Unreadable)
_OFFICE: Final = ResponsibleOffice(
    office_id="union-U2393",
    kind="union",
    name=Text(bn="আমতলী ইউনিয়ন পরিষদ", en="Amtali Union Parishad"),
    rule_id="union",
    rule_version=1,
)

Result = Literal["passed", "failed", "skipped"]


class Skipped(Exception):
    """A check cannot be made here; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class System:
    """A ministry's system, and how it is called.

    Args:
        link: to the system, with the right key, token and password.
        adapter_of: makes the adapter of a link.
        forger: to the same with another key, token and password, which it must refuse.
        platform: what the system can call.
        public_service_id: of the test applications.
        form: answers that the system needs in each form.
        paper_wait_s: seconds until somebody must have fetched a paper.
        wait_s: seconds for a decision, and for what was lost to be read again.
        lose: makes the system lose its newest hand-overs and read them again; None if nobody can.
        tell: says to a person what to do now.
        citizen_id: applies for all that the citizen herself applies for.
    """

    link: Link
    adapter_of: Callable[[Link], Adapter]
    forger: Link
    platform: Platform
    public_service_id: str = "S001"
    form: Mapping[str, Any] = field(default_factory=dict, repr=False)
    paper_wait_s: float = 15.0
    wait_s: float = 900.0
    lose: Callable[[], Awaitable[str]] | None = None
    tell: Callable[[str], None] = lambda _: None
    citizen_id: UUID = field(default_factory=new_id)

    @property
    def adapter(self) -> Adapter:
        """The adapter of the system, as in production."""
        return self.adapter_of(self.link)

    def delivery(self, **fields: Any) -> Delivery:
        """Make a delivery of an invented application."""
        application_id = new_id()
        return Delivery(
            **{
                "delivery_id": new_id(),
                "application_id": application_id,
                "ministry": self.link.ministry,
                "tracking_number": new_tracking_number(application_id),
                "public_service_id": self.public_service_id,
                "kind": "submitted",
                "form": self.form_with(),
                "trace": None,
                "created_at": utc_now(),
                "form_version": 1,
                "form_origin": "this_project",
                "applicant_id": self.citizen_id,
                "actor_id": self.citizen_id,
                **fields,
            }
        )

    def form_with(self, **answers: Any) -> str:
        """Return a form as JSON text: the answers that the system needs, these, and the remark."""
        return orjson.dumps({**answers, **self.form, **_REMARK}).decode()

    async def submit(self, delivery: Delivery) -> MinistryDecision:
        """Hand a delivery over, and note that the system has it."""
        cursor = self.platform.cursor()
        body: dict[str, Any] = orjson.loads(body_of(self.link, delivery, cursor))
        decision = await deliver(lambda _: self.adapter, delivery)
        handed_over = self.platform.handed_over
        if all(hand_over.key != delivery.idempotency_key for hand_over in handed_over):
            number = decision.case_file_number
            handed_over.append(HandedOver(delivery.idempotency_key, body, number))
        return decision


class _LaterLink(Link):
    """The link as after a release of the platform that says more of a submission."""

    @override
    async def post(self, path: str, body: bytes, message_id: str, **headers: Any) -> Reply:
        later = orjson.dumps(orjson.loads(body) | _LATER_FIELD)
        return await Link.post(self, path, later, message_id, **headers)


def _next(delivery: Delivery, **fields: Any) -> Delivery:
    """Make a later delivery of the same application."""
    return replace(delivery, delivery_id=new_id(), **fields)


async def _answered(system: System) -> str:
    response = await system.submit(system.delivery())
    return "" if response.case_file_number else "the answer has no case file number"


async def _once(system: System) -> str:
    """Hand one submission over twice in a row, and another one twice at the same time.

    The second of two at the same time may be answered with 503; the next one has to be known. A
    system that is asked whether it has a submission cannot know of one that it still works on.
    """
    delivery, another = system.delivery(), system.delivery()
    first = await system.submit(delivery)
    again = await system.submit(replace(delivery, unconfirmed_at=utc_now()))
    if first.case_file_number != again.case_file_number:
        return "the same Idempotency-Key opened two case files"
    if isinstance(system.adapter, CanConfirm):
        return ""
    answers = await asyncio.gather(*(_answer_or_none(system, another) for _ in range(2)))
    numbers = {answer.case_file_number for answer in answers if answer}
    numbers.add((await system.submit(another)).case_file_number)
    if len(numbers) == 1:
        return ""
    return "the same Idempotency-Key, twice at the same time, opened two case files"


async def _answer_or_none(system: System, delivery: Delivery) -> MinistryDecision | None:
    """Hand a submission over; None if the system asks for it again later."""
    try:
        return await system.submit(delivery)
    except Unavailable:
        return None


async def _own_case_file(system: System) -> str:
    first, second = [await system.submit(system.delivery()) for _ in range(2)]
    if first.case_file_number != second.case_file_number:
        return ""
    return "two applications have one case file number"


async def _concurrent(system: System) -> str:
    made = await asyncio.gather(*(system.submit(system.delivery()) for _ in range(_AT_ONCE)))
    numbers = {response.case_file_number for response in made}
    return "" if len(numbers) == _AT_ONCE else f"{_AT_ONCE} at once have {len(numbers)} case files"


async def _bangla(system: System) -> str:
    form = system.form_with(name="রহিমা খাতুন", ward=["৯ নং ওয়ার্ড", "ড়ঢ়য়"])
    await system.submit(system.delivery(form=form))
    return ""


async def _large(system: System) -> str:
    await system.submit(system.delivery(form=system.form_with(a_long_remark="ক" * _LARGE_LETTERS)))
    return ""


async def _office(system: System) -> str:
    await system.submit(system.delivery(office=_OFFICE.model_dump_json()))
    return ""


async def _mandate(system: System) -> str:
    evidence = MandateEvidence(
        mandate_id=new_id(),
        uddokta_id=new_id(),
        service_centre_id="uttara",
        consent="own_phone",
        consented_at=utc_now(),
        fee_bdt=50,
        charge_bdt=30,
    )
    fields = {
        "mandate": evidence.model_dump_json(),
        "service_centre_id": "uttara",
        "applicant_id": new_id(),
        "actor_id": evidence.uddokta_id,
    }
    await system.submit(system.delivery(**fields))
    return ""


async def _more_fields(system: System) -> str:
    if not isinstance(system.adapter, HttpJsonAdapter):
        return ""
    link = system.link
    later = _LaterLink(**{value.name: getattr(link, value.name) for value in fields(link)})
    delivery = system.delivery()
    await system.adapter_of(later).submit(delivery, delivery.idempotency_key)
    return ""


async def _corrected(system: System) -> str:
    submitted = system.delivery()
    first = await system.submit(submitted)
    again = await system.submit(_next(submitted, kind="corrected"))
    if first.case_file_number == again.case_file_number:
        return ""
    return "a correction has another case file number than its application"


async def _withdrawn(system: System) -> str:
    """Withdraw twice: as a citizen does, and for one who was erased, whom nothing names."""
    for person in (system.citizen_id, None):
        submitted = system.delivery()
        await system.submit(submitted)
        people = {"applicant_id": person, "actor_id": person}
        await system.submit(_next(submitted, kind="withdrawn", form=None, **people))
    return ""


async def _moved(system: System) -> str:
    submitted = system.delivery()
    await system.submit(submitted)
    elsewhere = "mopa" if system.link.ministry != "mopa" else "lgd"
    await system.submit(_next(submitted, kind="withdrawn", form=None, moved_to=elsewhere))
    return ""


async def _papers(system: System) -> str:
    paper = system.platform.paper()
    response = await system.submit(system.delivery(documents=paper.documents()))
    try:
        await asyncio.wait_for(paper.taken.wait(), system.paper_wait_s)
    except TimeoutError:
        return f"nobody fetched the paper from {system.platform.url} (--papers-at)"
    return "" if response.case_file_number else "the answer has no case file number"


async def _broken_paper(system: System) -> str:
    paper = system.platform.paper(is_broken=True)
    delivery = system.delivery(documents=paper.documents())
    try:
        await system.submit(delivery)
    except Unavailable:
        await system.submit(delivery)  # it comes again, and the copy is whole
        return ""
    if paper.is_passed_on:
        return ""
    try:
        await asyncio.wait_for(paper.taken_again.wait(), system.paper_wait_s)
    except TimeoutError:
        return "a paper was taken whose content has another SHA-256"
    return ""


async def _asked(system: System) -> str:
    delivery = system.delivery()
    await system.submit(delivery)
    found = await _said_of(system, delivery)
    return "" if found is None or len(found) == 1 else "nothing was said of an application"


async def _said_of(system: System, delivery: Delivery) -> list[MinistryDecision] | None:
    """Ask for the state of an application; None of a system that is not asked."""
    adapter = system.adapter
    if not isinstance(adapter, PolledAdapter):
        return None
    inquiry = Inquiry(delivery.application_id, delivery.tracking_number, delivery.created_at)
    found = await adapter.ask([inquiry])
    return [decision for decision in found if decision.application_id == delivery.application_id]


async def _refused(system: System) -> str:
    try:
        await system.submit(system.delivery(public_service_id=_NOT_OFFERED))
    except Refused:
        return ""
    except NotAdmitted as failure:
        return f"{failure.detail} without an agreed body refuses nothing, and would come again"
    return ""


async def _private(system: System) -> str:
    await system.submit(system.delivery())
    if await _is_taken(system, system.forger):
        return "a call with a wrong signature and password was accepted"
    return ""


async def _fresh(system: System) -> str:
    if not await _checks_signatures(system):
        return ""
    for away in (-_TOO_OLD, _TOO_OLD):
        link = _signed(system, at=away)
        if await _is_taken(system, link):
            minutes = away.total_seconds() / 60
            return f"a call was accepted whose time is {minutes:+.0f} minutes away: 5 are allowed"
    return ""


async def _rotated(system: System) -> str:
    if not await _checks_signatures(system):
        return ""
    for newest_first in (True, False):
        link = _signed(system, with_another=True, newest_first=newest_first)
        if not await _is_taken(system, link):
            return "a call with two signatures was refused, of which one is by the right key"
    return ""


async def _checks_signatures(system: System) -> bool:
    """Whether the system goes by the signature, and not by a token or a password alone.

    Raises:
        Unavailable: it takes no right call either.
    """
    await system.submit(system.delivery())
    link = replace(system.link, credentials=system.forger.credentials)
    return not await _is_taken(system, link)


def _signed(
    system: System,
    *,
    at: timedelta = timedelta(0),
    with_another: bool = False,
    newest_first: bool = True,
) -> Link:
    """Return the link with another time, or a second key, in its signatures."""
    another = [_ANOTHER_KEY] if with_another else []
    made = system.link.credentials.signed_by(
        lambda keys: [*another, *keys] if newest_first else [*keys, *another],
        now=lambda: utc_now() + at,
    )
    return replace(system.link, credentials=made)


async def _is_taken(system: System, link: Link) -> bool:
    delivery = system.delivery()
    try:
        await system.adapter_of(link).submit(delivery, delivery.idempotency_key)
    except _FAILURES:
        return False
    return True


async def _decided(system: System) -> str:
    """Have applications decided; the first callback on each gets a 503, so that it is repeated."""
    deliveries = [system.delivery() for _ in range(_DECIDED)]
    decided = system.platform.decided
    for delivery in deliveries:
        decided[delivery.application_id] = Decided()
    waiting = [
        delivery for delivery in deliveries if (await system.submit(delivery)).action == "received"
    ]
    if waiting:
        numbers = " and ".join(delivery.tracking_number for delivery in waiting)
        system.tell(f"decide on {numbers}: {system.wait_s:.0f} s are left")
    try:
        async with asyncio.timeout(system.wait_s):
            for delivery in waiting:
                await _until_decided(system, delivery)
    except TimeoutError:
        wrong = "; ".join(dict.fromkeys(system.platform.problems))
        if decided[delivery.application_id].came.is_set():
            return f"a callback that got 503 did not come again under its webhook-id. {wrong}"
        return f"no decision on {delivery.tracking_number} within {system.wait_s:.0f} s. {wrong}"
    return ""


async def _until_decided(system: System, delivery: Delivery) -> None:
    """Wait until the system says a decision: when it is asked, or by a callback and its repeat."""
    decided = system.platform.decided[delivery.application_id]
    while not decided.came.is_set():
        found = await _said_of(system, delivery)
        if found and found[0].action != "received":
            return
        await asyncio.sleep(_ASK_EVERY_S)
    await decided.repeated.wait()


async def _appealed(system: System) -> str:
    """Have an application refused, hand the objection over twice, and have that decided."""
    submitted = system.delivery()
    first = await system.submit(submitted)
    system.platform.decided[submitted.application_id] = Decided()
    if first.action == "received":
        system.tell(f"refuse {submitted.tracking_number}: {system.wait_s:.0f} s are left")
        if not await _is_said(system, submitted, "first", {"refused"}):
            return f"{submitted.tracking_number} was not refused within {system.wait_s:.0f} s"
    elif (first.action, first.stage) != ("refused", "first"):
        return f"an application is {first.action} of stage {first.stage}: it has to be refused here"
    objection = _next(submitted, kind="appealed", form=_GROUNDS, form_version=None)
    taken = await system.submit(objection)
    again = await system.submit(replace(objection, unconfirmed_at=utc_now()))
    if {taken.case_file_number, again.case_file_number} != {first.case_file_number}:
        return "an objection has another case file number than its application"
    if taken.action == "received":
        system.tell(f"decide the objection to {submitted.tracking_number}")
        if not await _is_said(system, submitted, "appeal", {"approved", "refused"}):
            return f"no decision of stage appeal within {system.wait_s:.0f} s"
    elif taken.stage != "appeal" or taken.action == "correction_asked":
        return f"an objection was answered with {taken.action} of stage {taken.stage}"
    return ""


async def _is_said(
    system: System, delivery: Delivery, stage: Stage, actions: Collection[Action]
) -> bool:
    """Wait until the system says such a decision: when it is asked, or by callback."""
    wanted = {(action, stage) for action in actions}
    try:
        async with asyncio.timeout(system.wait_s):
            while True:
                found = await _said_of(system, delivery) or []
                found += system.platform.decided[delivery.application_id].said
                if wanted & {(decision.action, decision.stage) for decision in found}:
                    return True
                await asyncio.sleep(_ASK_EVERY_S)
    except TimeoutError:
        return False


async def _recovered(system: System) -> str:
    """Have the system lose its newest data: it has to ask with a cursor that it was given.

    Raises:
        Skipped: nobody says how it loses something.
    """
    if not isinstance(system.adapter, HttpJsonAdapter):
        return ""
    if system.lose is None:
        raise Skipped("--recover-command: it loses the newest hand-overs, and reads them again")
    platform = system.platform
    platform.problems.clear()
    platform.is_read_again.clear()
    newest = [system.delivery() for _ in range(_LOST)]
    for delivery in newest:
        await system.submit(delivery)
    if failed := await system.lose():
        return failed
    try:
        await asyncio.wait_for(platform.is_read_again.wait(), system.wait_s)
    except TimeoutError:
        wrong = "; ".join(dict.fromkeys(platform.problems))
        return f"what was handed over was not read to the end: {platform.url}/… {wrong}"
    return await _renumbered(system, newest)


async def _renumbered(system: System, lost: Sequence[Delivery]) -> str:
    """Say which number differs after a loss, or is given again; nothing if none is."""
    case_files = {
        hand_over.key: hand_over.case_file_number for hand_over in system.platform.handed_over
    }
    for delivery in lost:
        again = await system.submit(delivery)
        if again.case_file_number != case_files[delivery.idempotency_key]:
            return "after the loss an application has another case file number than the citizen"
    new = (await system.submit(system.delivery())).case_file_number
    if new in case_files.values():
        return "after the loss a new application has a case file number that a citizen has already"
    return ""


CHECKS: Final[Mapping[str, tuple[Callable[[System], Awaitable[str]], str]]] = {
    "answered": (_answered, "answers a submission with a case file number"),
    "once": (_once, "recognises a repeated Idempotency-Key, also while the first is worked on"),
    "own_case_file": (_own_case_file, "gives every application a case file of its own"),
    "concurrent": (_concurrent, "takes several submissions at once"),
    "bangla": (_bangla, "takes a form in Bangla, with lists"),
    "large": (_large, "takes a submission of 46 kB"),
    "office": (_office, "takes the office that is responsible"),
    "mandate": (_mandate, "takes what an uddokta sent for a citizen"),
    "more_fields": (_more_fields, "ignores a field that it does not know"),
    "corrected": (_corrected, "takes a corrected form, under the same case file number"),
    "withdrawn": (_withdrawn, "takes a withdrawal"),
    "moved": (_moved, "takes a withdrawal that names the ministry which decides instead"),
    "papers": (_papers, "fetches a paper by its link, or takes it"),
    "broken_paper": (_broken_paper, "compares the SHA-256: a broken copy is fetched again"),
    "asked": (_asked, "says what became of an application, where it has to be asked"),
    "decided": (_decided, "decides: in its answer, when asked, or by a callback until it gets 204"),
    "refused": (
        _refused,
        "refuses a service that it does not offer as was agreed, or takes it",
    ),
    "private": (_private, "refuses a wrong signature, or a wrong password"),
    "fresh": (_fresh, "refuses a signature whose time is more than 5 minutes away"),
    "rotated": (_rotated, "takes a call with two signatures, of which one is right"),
    "recovered": (_recovered, "reads again by its cursor what it lost, under the same numbers"),
}
"""Every check with what a system that passes does."""


OF_APPEALS: Final[Mapping[str, tuple[Callable[[System], Awaitable[str]], str]]] = {
    APPEALED: (_appealed, "takes an objection to a refusal, and says that it decided on it"),
}
"""The checks of a system whose connection says that it takes objections."""


async def run_checks(system: System) -> dict[str, tuple[Result, str]]:
    """Run all checks that concern the system; return the result of each, and its error."""
    takes_appeals = system.link.connection.appeal_days is not None
    checks = {**CHECKS, **OF_APPEALS} if takes_appeals else CHECKS
    found = {name: await _found(check, system) for name, (check, _) in checks.items()}
    if found["own_case_file"][0] == "passed" and _is_one_number_of_two(system.platform.handed_over):
        found["own_case_file"] = "failed", "two applications of the check have one case file number"
    return found


def _is_one_number_of_two(handed_over: Sequence[HandedOver]) -> bool:
    """Whether a case file number was given to two applications, in whatever order they came."""
    given = {
        (hand_over.case_file_number, hand_over.submission["application_id"])
        for hand_over in handed_over
        if hand_over.case_file_number
    }
    return len(given) != len({number for number, _ in given})


async def _found(check: Callable[[System], Awaitable[str]], system: System) -> tuple[Result, str]:
    try:
        wrong = await check(system)
    except Skipped as missing:
        return "skipped", str(missing)
    except _FAILURES as failure:
        wrong = str(failure)
    return ("failed", wrong) if wrong else ("passed", "")
