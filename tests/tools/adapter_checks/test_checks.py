"""The check of systems that are called, on what each of them does wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import orjson
import pytest
from typing_extensions import override

from libs.contracts.ministries import MinistryDecision
from libs.errors import NotAdmitted, Refused, Unavailable
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from services.ministries.deliveries.adapters.contract import Adapter, PolledAdapter
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.values import Inquiry
from tests.services.ministries.scenes import FakeMinistry, decision
from tools.adapter_checks.checks import CHECKS, System, run_checks
from tools.adapter_checks.papers import TestPaper, offered


@dataclass
class Cases:
    """What a system has: a case for each application."""

    paper: TestPaper
    takes_papers: bool = True
    known: list[str] = field(default_factory=list)

    def take(self, _number: int, delivery: Delivery) -> MinistryDecision:
        """Open a case, or find it."""
        if delivery.documents and self.takes_papers:
            self.paper.taken.set()
        if delivery.tracking_number not in self.known:
            self.known.append(delivery.tracking_number)
        number = str(self.known.index(delivery.tracking_number))
        return decision(application_id=delivery.application_id, number=number)


class Asked(FakeMinistry, PolledAdapter):
    """A system that is asked."""

    says_something = True

    @override
    async def ask(self, inquiries: Sequence[Inquiry]) -> Sequence[MinistryDecision]:
        """Say that it has them, or nothing."""
        known = [decision(application_id=each.application_id) for each in inquiries]
        return known if self.says_something else []


def refuse(_number: int, delivery: Delivery) -> MinistryDecision:
    """Let nobody in."""
    raise Unavailable(delivery.ministry, "status 401")


async def found(adapter: Adapter, paper: TestPaper, forger: Adapter | None = None) -> set[str]:
    """The names of the checks that a system does not pass."""
    system = System("mopa", adapter, forger or FakeMinistry(refuse), paper, paper_wait_s=0.05)
    said = await run_checks(system)
    assert said.keys() == CHECKS.keys()
    return {name for name, wrong in said.items() if wrong}


async def test_a_paper_that_nobody_takes_is_found() -> None:
    """Neither by its link, nor from the adapter."""
    paper = TestPaper()
    assert await found(FakeMinistry(Cases(paper, takes_papers=False).take), paper) == {"papers"}
    assert await found(FakeMinistry(Cases(paper).take), paper) == set()


async def test_a_system_that_says_nothing_when_it_is_asked_is_found() -> None:
    """One that is not asked need not say anything."""
    paper = TestPaper()
    silent = Asked(Cases(paper).take)
    silent.says_something = False
    assert await found(silent, paper) == {"asked"}
    assert await found(Asked(Cases(paper).take), paper) == set()


@pytest.mark.parametrize(
    ("failure", "wrong"),
    [
        (Refused("refused_by_ministry", "status 404, urn:…"), set[str]()),
        (NotAdmitted("mopa", "status 404"), {"refused"}),
    ],
)
async def test_a_refusal_without_an_agreed_body_is_found(
    failure: Exception, wrong: set[str]
) -> None:
    """A status alone refuses nothing: what the vendor takes for a refusal would come for ever."""
    paper = TestPaper()
    cases = Cases(paper)

    def take(number: int, delivery: Delivery) -> MinistryDecision:
        if delivery.public_service_id == "S000":
            raise failure
        return cases.take(number, delivery)

    assert await found(FakeMinistry(take), paper) == wrong


async def test_a_system_that_lets_anybody_in_is_found() -> None:
    """Whatever it should check: a signature, a token, a password."""
    paper = TestPaper()
    cases = Cases(paper)
    assert await found(FakeMinistry(cases.take), paper, FakeMinistry(cases.take)) == {"private"}


async def test_a_paper_is_offered_at_this_machine() -> None:
    """A system that follows the link gets it, and the check knows."""
    async with (
        offered("http://127.0.0.1:0") as paper,
        HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t")) as client,
    ):
        reply = await client.call("GET", f"{paper.url}/v1/any", deadline_s=10)
    assert paper.taken.is_set()
    (reference,) = orjson.loads(paper.documents())
    assert sha256(reply.body).hexdigest() == reference["sha256"]
    assert (reply.media_type, len(reply.body)) == ("application/pdf", reference["size_bytes"])
