"""A demo from end to end against a fake platform, whose faults it must find."""

import asyncio
from typing import Any

from services.registry import SERVICES
from tests.tools.fake_platform import fake_platform
from tools.demo.demo import Demo, Found
from tools.demo.measures import Measures


async def found(shown: list[Measures] | None = None, **faults: Any) -> Found:
    """The findings of a demo with four applications."""
    async with fake_platform(**faults) as (fake, http):
        demo = Demo(http, gateway=fake.url, sandbox=fake.url, applications=4, rate_per_s=200.0)
        return await demo.run((shown if shown is not None else []).append)


async def test_a_run_without_faults_is_well() -> None:
    """All citizens logged in, applied and got an answer; the last counts shown are final."""
    shown: list[Measures] = []
    result = await found(shown)
    assert result.all_is_well
    assert (result.measures.accepted, result.measures.sms_delivered) == (4, 4)
    assert result.refused == []
    assert len(result.measures.accept_ms) == 3  # the first quarter is not timed
    assert set(result.trace.services) == set(SERVICES)
    assert shown[-1] == result.measures


async def test_a_request_with_a_lost_answer_is_repeated() -> None:
    """Requests that fail after acting are repeated with their key."""
    assert (await found(fails=3)).all_is_well


async def test_duplicates_are_found() -> None:
    """At the ministry, under one reference, as a further message, and after all had arrived."""
    results = await asyncio.gather(
        found(hand_overs=2), found(copies=2), found(answers=2), found(doubled_after_s=0.4)
    )
    counted = [each.measures for each in results]
    assert [each.duplicates_ministry for each in counted] == [4, 0, 0, 4]
    assert [each.duplicates_sms for each in counted] == [0, 8, 4, 0]
    assert [each.lost for each in counted] == [0, 0, 0, 0]
    assert not any(each.all_is_well for each in results)


async def test_a_refused_application_is_counted() -> None:
    """A refusal ends the application, not the demo; the reason is printed."""
    result = await found(refuses=True)
    assert result.measures.accepted == 0
    assert len(result.refused) == 4
    assert not result.all_is_well


async def test_a_trace_with_a_service_missing_is_not_well() -> None:
    """The trace must have a span of every service."""
    result = await found(span_services=SERVICES[:-1])
    assert result.measures.nothing_lost_or_doubled
    assert not result.all_is_well
