"""Checks of a ministry's system: our adapter hands submissions over to the system itself."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from libs.clock import utc_now
from libs.contracts.ministries import MinistryDecision
from libs.errors import NotAdmitted, Refused, Unavailable, Unreadable
from libs.ids import new_id, new_tracking_number
from services.ministries.deliveries.adapters.contract import Adapter, PolledAdapter
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.values import Inquiry
from tools.adapter_checks.papers import TestPaper

_AT_ONCE: Final = 8
_NOT_OFFERED: Final = "S000"


@dataclass(frozen=True, slots=True)
class System:
    """A ministry's system, and how it is called.

    Args:
        ministry: the ministry.
        adapter: calls with the right key, token and password.
        forger: calls with others, which the system must refuse.
        paper: offered while the checks run.
        public_service_id: of the test applications.
        form: of the test applications, as JSON.
        paper_wait_s: seconds until somebody must have fetched the paper.
    """

    ministry: str
    adapter: Adapter
    forger: Adapter
    paper: TestPaper
    public_service_id: str = "S001"
    form: str = '{"remark": "a test of the connection"}'
    paper_wait_s: float = 15.0

    def delivery(self) -> Delivery:
        """Make a delivery of an invented application."""
        application_id = new_id()
        return Delivery(
            delivery_id=new_id(),
            application_id=application_id,
            ministry=self.ministry,
            tracking_number=new_tracking_number(application_id),
            public_service_id=self.public_service_id,
            kind="lodged",
            form=self.form,
            trace=None,
            created_at=utc_now(),
            form_version=1,
        )

    async def submit(self, delivery: Delivery) -> MinistryDecision:
        """Hand a delivery over."""
        return await self.adapter.submit(delivery, delivery.idempotency_key)


async def _answered(system: System) -> str:
    response = await system.submit(system.delivery())
    return "" if response.case_file_number else "the answer has no case file number"


async def _once(system: System) -> str:
    delivery = system.delivery()
    first, again = await system.submit(delivery), await system.submit(delivery)
    if first.case_file_number == again.case_file_number:
        return ""
    return "the same Idempotency-Key opened two case files"


async def _apart(system: System) -> str:
    first, second = [await system.submit(system.delivery()) for _ in range(2)]
    if first.case_file_number != second.case_file_number:
        return ""
    return "two applications have one case file number"


async def _concurrent(system: System) -> str:
    made = await asyncio.gather(*(system.submit(system.delivery()) for _ in range(_AT_ONCE)))
    numbers = {each.case_file_number for each in made}
    return "" if len(numbers) == _AT_ONCE else f"{_AT_ONCE} at once have {len(numbers)} case files"


async def _corrected(system: System) -> str:
    lodged = system.delivery()
    await system.submit(lodged)
    await system.submit(replace(lodged, delivery_id=new_id(), kind="corrected"))
    return ""


async def _withdrawn(system: System) -> str:
    lodged = system.delivery()
    await system.submit(lodged)
    await system.submit(replace(lodged, delivery_id=new_id(), kind="withdrawn", form=None))
    return ""


async def _papers(system: System) -> str:
    paper = system.paper
    delivery = replace(system.delivery(), documents=paper.documents())
    response = await system.submit(delivery)
    try:
        await asyncio.wait_for(paper.taken.wait(), system.paper_wait_s)
    except TimeoutError:
        return f"nobody fetched the paper from {paper.url} (--papers-at)"
    return "" if response.case_file_number else "the answer has no case file number"


async def _asked(system: System) -> str:
    adapter, delivery = system.adapter, system.delivery()
    await system.submit(delivery)
    if not isinstance(adapter, PolledAdapter):
        return ""
    inquiry = Inquiry(delivery.application_id, delivery.tracking_number, delivery.created_at)
    found = await adapter.ask([inquiry])
    about = {each.application_id for each in found}
    return "" if about == {delivery.application_id} else "nothing was said of an application"


async def _refused(system: System) -> str:
    delivery = replace(system.delivery(), public_service_id=_NOT_OFFERED)
    try:
        await system.submit(delivery)
    except Refused:
        return ""
    except NotAdmitted as failure:
        return f"{failure.detail} without an agreed body refuses nothing, and would come again"
    return ""


async def _private(system: System) -> str:
    await system.submit(system.delivery())
    delivery = system.delivery()
    try:
        await system.forger.submit(delivery, delivery.idempotency_key)
    except (Refused, Unavailable, Unreadable):
        return ""
    return "a call with a wrong signature and password was accepted"


CHECKS: Final[Mapping[str, tuple[Callable[[System], Awaitable[str]], str]]] = {
    "answered": (_answered, "answers a submission with a case file number"),
    "once": (_once, "recognises a repeated Idempotency-Key"),
    "apart": (_apart, "gives every application a case file of its own"),
    "concurrent": (_concurrent, "takes several submissions at once"),
    "corrected": (_corrected, "takes a corrected form"),
    "withdrawn": (_withdrawn, "takes a withdrawal"),
    "papers": (_papers, "fetches a paper by its link, or takes it"),
    "asked": (_asked, "says what became of an application, where it has to be asked"),
    "refused": (
        _refused,
        "refuses a service that it does not offer as was agreed, or takes it",
    ),
    "private": (_private, "refuses a wrong signature, or a wrong password"),
}
"""Every check with what a system that passes does."""


async def run_checks(system: System) -> dict[str, str]:
    """Run all checks; return what is wrong, by check: an empty text if nothing is."""
    return {name: await _found(check, system) for name, (check, _) in CHECKS.items()}


async def _found(check: Callable[[System], Awaitable[str]], system: System) -> str:
    try:
        return await check(system)
    except (Refused, Unavailable, Unreadable) as failure:
        return str(failure)
