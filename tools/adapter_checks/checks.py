"""Checks of a ministry's system: our adapter hands submissions over to the system itself."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, Literal

import orjson

from libs.clock import utc_now
from libs.contracts.applications import ResponsibleOffice
from libs.contracts.language import Text
from libs.contracts.mandates import MandateEvidence
from libs.contracts.ministries import MinistryDecision
from libs.errors import NotAdmitted, Refused, Unavailable, Unreadable
from libs.ids import new_id, new_tracking_number
from services.ministries.deliveries.adapters.contract import Adapter, Link, PolledAdapter
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter, body_of
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
        paper_wait_s: seconds until somebody must have fetched a paper.
        wait_s: seconds for a decision, and for what was lost to be read again.
        lose: makes the system lose its newest hand-overs and read them again; None if nobody can.
        tell: says to a person what to do now.
    """

    link: Link
    adapter_of: Callable[[Link], Adapter]
    forger: Link
    platform: Platform
    public_service_id: str = "S001"
    paper_wait_s: float = 15.0
    wait_s: float = 900.0
    lose: Callable[[], Awaitable[str]] | None = None
    tell: Callable[[str], None] = lambda _: None

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
                "form": '{"remark": "a test of the connection"}',
                "trace": None,
                "created_at": utc_now(),
                "form_version": 1,
                **fields,
            }
        )

    async def submit(self, delivery: Delivery) -> MinistryDecision:
        """Hand a delivery over, and note that the system has it."""
        cursor = self.platform.cursor()
        body: dict[str, Any] = orjson.loads(body_of(self.link, delivery, cursor))
        decision = await self.adapter.submit(delivery, delivery.idempotency_key)
        handed_over = self.platform.handed_over
        if all(hand_over.key != delivery.idempotency_key for hand_over in handed_over):
            number = decision.case_file_number
            handed_over.append(HandedOver(delivery.idempotency_key, body, number))
        return decision


def _next(delivery: Delivery, **fields: Any) -> Delivery:
    """Make a later delivery of the same application."""
    return replace(delivery, delivery_id=new_id(), **fields)


async def _answered(system: System) -> str:
    response = await system.submit(system.delivery())
    return "" if response.case_file_number else "the answer has no case file number"


async def _once(system: System) -> str:
    delivery = system.delivery()
    first, again = await system.submit(delivery), await system.submit(delivery)
    if first.case_file_number == again.case_file_number:
        return ""
    return "the same Idempotency-Key opened two case files"


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
    form = {"name": "রহিমা খাতুন", "ward": ["৯ নং ওয়ার্ড", "ড়ঢ়য়"], "remark": "a test"}
    await system.submit(system.delivery(form=orjson.dumps(form).decode()))
    return ""


async def _large(system: System) -> str:
    form = {"remark": "ক" * _LARGE_LETTERS}
    await system.submit(system.delivery(form=orjson.dumps(form).decode()))
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


async def _corrected(system: System) -> str:
    submitted = system.delivery()
    first = await system.submit(submitted)
    again = await system.submit(_next(submitted, kind="corrected"))
    if first.case_file_number == again.case_file_number:
        return ""
    return "a correction has another case file number than its application"


async def _withdrawn(system: System) -> str:
    submitted = system.delivery()
    await system.submit(submitted)
    await system.submit(_next(submitted, kind="withdrawn", form=None))
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
    """Have an application decided; the first callback gets a 503, so that it must be repeated."""
    delivery = system.delivery()
    decided = system.platform.decided.setdefault(delivery.application_id, Decided())
    if (await system.submit(delivery)).action != "received":
        return ""
    system.tell(f"decide on {delivery.tracking_number}: {system.wait_s:.0f} s are left")
    try:
        async with asyncio.timeout(system.wait_s):
            while not decided.came.is_set():
                found = await _said_of(system, delivery)
                if found and found[0].action != "received":
                    return ""
                await asyncio.sleep(_ASK_EVERY_S)
            await decided.repeated.wait()
    except TimeoutError:
        wrong = "; ".join(dict.fromkeys(system.platform.problems))
        if decided.came.is_set():
            return f"a callback that got 503 did not come again under its webhook-id. {wrong}"
        return f"no decision on {delivery.tracking_number} within {system.wait_s:.0f} s. {wrong}"
    return ""


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
    case_files = {hand_over.key: hand_over.case_file_number for hand_over in platform.handed_over}
    for delivery in newest:
        again = await system.submit(delivery)
        if again.case_file_number != case_files[delivery.idempotency_key]:
            return "after the loss an application has another case file number than the citizen"
    return ""


CHECKS: Final[Mapping[str, tuple[Callable[[System], Awaitable[str]], str]]] = {
    "answered": (_answered, "answers a submission with a case file number"),
    "once": (_once, "recognises a repeated Idempotency-Key"),
    "own_case_file": (_own_case_file, "gives every application a case file of its own"),
    "concurrent": (_concurrent, "takes several submissions at once"),
    "bangla": (_bangla, "takes a form in Bangla, with lists"),
    "large": (_large, "takes a submission of 46 kB"),
    "office": (_office, "takes the office that is responsible"),
    "mandate": (_mandate, "takes what an uddokta sent for a citizen"),
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


async def run_checks(system: System) -> dict[str, tuple[Result, str]]:
    """Run all checks; return the result of each, and its error."""
    return {name: await _found(check, system) for name, (check, _) in CHECKS.items()}


async def _found(check: Callable[[System], Awaitable[str]], system: System) -> tuple[Result, str]:
    try:
        wrong = await check(system)
    except Skipped as missing:
        return "skipped", str(missing)
    except _FAILURES as failure:
        wrong = str(failure)
    return ("failed", wrong) if wrong else ("passed", "")
