"""Ministries are asked by the job as it is declared, with what operators have set."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

import pytest
from typing_extensions import override

from libs.contracts.ministries import MinistryDecision
from libs.database.pool import Database
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.service import Resources
from services.ministries.availability.limits import MinistryLimits
from services.ministries.availability.rules import Outage
from services.ministries.availability.use_cases import Availability
from services.ministries.connections import use_cases as connecting
from services.ministries.connections.current import Connections
from services.ministries.connections.rules import Change, Connection
from services.ministries.deliveries.adapters.contract import Adapter, PolledAdapter
from services.ministries.deliveries.adapters.registry import Adapters
from services.ministries.deliveries.rules import Delivery
from services.ministries.deliveries.use_cases import record_results
from services.ministries.deliveries.values import Inquiry
from services.ministries.inquiries import use_cases
from services.ministries.inquiries.capability import capability
from services.ministries.inquiries.jobs import ask
from services.ministries.inquiries.rules import Question
from services.ministries.settings import Settings
from tests.libs.messaging.scenes import running
from tests.services.ministries.scenes import (
    HEALTH,
    LAND,
    FakeMinistry,
    committed_types,
    decision,
    planned,
    submission,
    succeeded,
)
from tests.waiting import until

POLLED = Connection(adapter="poll_json", address="https://a.example", read_every_s=0.05)
BY = Change("rahima", "a test")
NOW = datetime.now(UTC)


class AskedMinistry(PolledAdapter):
    """A ministry that is asked; a test sets what it says of every application."""

    def __init__(self, action: Literal["received", "approved"] = "received") -> None:
        self.action = action
        self.refuses = False
        self.asked: list[Sequence[Inquiry]] = []

    @override
    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        raise NotImplementedError

    @override
    async def ask(self, inquiries: Sequence[Inquiry]) -> Sequence[MinistryDecision]:
        """Say the same of all."""
        self.asked.append(inquiries)
        if self.refuses:
            raise Refused("refused_by_ministry", "status 400")
        return [
            decision(self.action, application_id=inquiry.application_id) for inquiry in inquiries
        ]


class AskedAdapters(Adapters):
    """One system for each ministry."""

    def __init__(self) -> None:
        self.systems = {LAND: AskedMinistry(), HEALTH: AskedMinistry()}

    @override
    def of(self, ministry: str) -> Adapter:
        return self.systems[ministry]


async def handed_over(database: Database, ministry: str) -> Delivery:
    """A polled ministry has an application, and has not decided."""
    async with database.transaction() as tx:
        await connecting.connect(tx, ministry, POLLED, BY)
        (made,) = await planned(tx, submission(application_id=new_id(), ministry=ministry))
        taken = succeeded(made, decision(application_id=made.application_id))
        follow_up = partial(use_cases.follow_deliveries, polled=lambda: [ministry])
        await record_results(tx, [taken], follow_up=follow_up)
    return made


@asynccontextmanager
async def asking(
    database: Database, adapters: AskedAdapters, *outages: Outage
) -> AsyncIterator[Resources]:
    """Run the capability."""
    settings = Settings.model_validate({"ministry_secret": "x" * 40})
    resources = replace(Resources.of("ministries", settings), database=database)
    connections = Connections(database, Connection(address="https://b.example"), resources.metrics)
    await connections.refresh()
    limits = MinistryLimits()
    limits.put(Availability(outages=outages))
    made = capability(resources, settings, connections, adapters, limits)
    async with running(*made.components):
        yield resources
    resources.tracing.close()


async def test_a_ministry_is_asked_at_its_rate_until_it_has_decided(database: Database) -> None:
    """Again and again, and about this application no more when the decision is known."""
    first = await handed_over(database, LAND)
    adapters = AskedAdapters()
    system = adapters.systems[LAND]
    async with asking(database, adapters) as resources:
        await until(lambda: len(system.asked) >= 2)
        assert b'inquiry_unanswered_age_seconds{destination="minland"' in resources.metrics.render()
        system.action = "approved"

        async def decided() -> bool:
            types = await committed_types(database)
            return types == ["connection_changed", "ministry_received", "ministry_decided"]

        await until(decided)
        second = await handed_over(database, LAND)
        await until(lambda: any(_asks_about(each, second) for each in system.asked))
    assert not any(_asks_about(each, first) and _asks_about(each, second) for each in system.asked)


@pytest.mark.parametrize("why", ["stopped", "outage"])
async def test_who_is_stopped_or_away_is_not_asked(database: Database, why: str) -> None:
    """Others are; politeness holds for questions as for deliveries."""
    await handed_over(database, LAND)
    await handed_over(database, HEALTH)
    outages: list[Outage] = []
    if why == "stopped":
        async with database.transaction() as tx:
            await connecting.stop(tx, LAND, BY)
    else:
        outages.append(Outage(new_id(), LAND, NOW - timedelta(1), NOW + timedelta(1)))
    adapters = AskedAdapters()
    async with asking(database, adapters, *outages):
        await until(lambda: len(adapters.systems[HEALTH].asked) >= 3)
    assert adapters.systems[LAND].asked == []


async def test_a_ministry_that_refuses_a_question_is_asked_again() -> None:
    """To refuse a question refuses no application; one that calls back now is not asked."""
    question = Question(LAND, 0, NOW, NOW, [Inquiry(new_id(), "NS-1", NOW)])
    system = AskedMinistry()
    system.refuses = True
    with pytest.raises(Unavailable, match="status 400"):
        await ask(lambda _: system, question)
    calls_back = FakeMinistry(lambda _number, _delivery: decision())
    with pytest.raises(Unavailable, match="is not asked"):
        await ask(lambda _: calls_back, question)


def _asks_about(inquiries: Sequence[Inquiry], delivery: Delivery) -> bool:
    return delivery.application_id in {inquiry.application_id for inquiry in inquiries}
