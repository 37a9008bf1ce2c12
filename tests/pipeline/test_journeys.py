"""Where applications of every kind are, compared with the ledger outside and with the topics."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from libs.contracts.journeys import JourneyPart
from libs.contracts.topics import APPLICATIONS, HOSTED_MINISTRIES, HOSTED_SUBMISSIONS
from libs.ids import derived_id
from services.desk.journeys.journey import Journey
from services.desk.journeys.rules import SERVICES, compose
from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.platform import Platform
from tests.pipeline.running import (
    assert_no_wait_is_negative,
    parts_of,
    records_by_id,
    staff_logged_in,
    times,
)
from tests.waiting import until
from tools.ledger import received_at
from tools.virtual_users.citizen import Accepted, Citizen

AT_ONCE_OR_LATER = 6
RECORDED_WITHIN = timedelta(seconds=30)
"""What the outside party has is recorded by us after its answer; on a busy machine, much later."""


@pytest.fixture
async def helpline(platform: Platform) -> dict[str, str]:
    """The header of somebody who answers 333."""
    return await staff_logged_in(platform, "helpline")


async def test_journeys_say_what_the_ledger_and_the_topics_say(
    platform: Platform,
    citizen: Citizen,
    form: dict[str, Any],
    answered: Callable[[Accepted], Awaitable[None]],
    behave: Callable[..., Awaitable[None]],
    helpline: dict[str, str],
) -> None:
    """Decided at once and later: each hop has the times of its writer and of its reader."""
    await behave(mode="mixed", decision_delay_ms=1_500)
    made = [await citizen.apply(TAX_NUMBER, form) for _ in range(AT_ONCE_OR_LATER)]
    for accepted in made:
        await answered(accepted)
        parts = await parts_of(platform, helpline, accepted)
        journey = compose(accepted.tracking_number, parts)
        assert not journey.gaps
        assert not journey.notes
        assert not journey.dead_letters
        assert_no_wait_is_negative(journey)
        assert_all_of_the_way_is_someones(journey)
        assert_as_the_ledger_says(platform, accepted, parts)
        await assert_as_the_topics_say(platform, accepted, parts)


async def test_a_withdrawn_and_a_silent_one_say_where_they_are(
    platform: Platform,
    citizen: Citizen,
    form: dict[str, Any],
    behave: Callable[..., Awaitable[None]],
    helpline: dict[str, str],
) -> None:
    """Whose time it is now."""
    await behave(mode="never")
    silent, withdrawn = [await citizen.apply(TAX_NUMBER, form) for _ in range(2)]
    await until(lambda: platform.received(silent).handed_over == 1)
    await until(lambda: platform.received(withdrawn).handed_over == 1)
    url = f"{platform.plan.url('gateway')}/v1/applications/{withdrawn.tracking_number}/withdrawal"
    async with platform.http.post(url, headers=citizen.headers) as answer:
        assert answer.status == 200
    await until(lambda: len(platform.received(withdrawn).submissions) == 2)

    async def deliveries(accepted: Accepted, handed_over: int) -> bool:
        steps = (await parts_of(platform, helpline, accepted))["ministries"].steps
        return sum(step.state == "handed_over" for step in steps) == handed_over

    await until(lambda: deliveries(silent, 1))
    await until(lambda: deliveries(withdrawn, 2))
    parts = await parts_of(platform, helpline, silent)
    (line,) = [one for one in compose("", parts).lines if one.step and one.step.kind == "delivery"]
    assert (line.waits[-1].name, line.waits[-1].lasts) == ("work", True)
    journey = compose("", await parts_of(platform, helpline, withdrawn))
    sent, taken_back = [one for one in journey.lines if one.step and one.step.kind == "delivery"]
    assert (sent.waits[-1].name, sent.waits[-1].lasts) == ("work", False)
    assert taken_back.step
    assert (taken_back.step.what, taken_back.step.state) == ("withdrawn", "handed_over")


async def test_each_look_is_in_the_audit_log_of_each_service(
    platform: Platform, citizen: Citizen, form: dict[str, Any], helpline: dict[str, str]
) -> None:
    """And a citizen may not look."""
    accepted = await citizen.apply(TAX_NUMBER, form)
    await parts_of(platform, helpline, accepted)
    for service in SERVICES:
        sql = "SELECT actor FROM audit_log WHERE action = 'read journey' AND subject = $1"
        (row,) = await platform.rows(service, sql, accepted.tracking_number)
        assert row["actor"].startswith("staff:")
        path = f"/v1/operations/{service}/journeys/{accepted.tracking_number}"
        url = platform.plan.url("gateway") + path
        async with platform.http.get(url, headers=citizen.headers) as answer:
            assert answer.status == 403


def assert_all_of_the_way_is_someones(journey: Journey) -> None:
    """The waits add up to the time from the click to the stored decision."""
    assert journey.application
    ends = [
        line.waits[-1].ends_at
        for line in journey.lines
        if line.step and line.step.kind == "change" and line.step.what in {"approved", "refused"}
    ]
    (stored_at,) = [end for end in ends if end]
    took_s = (stored_at - journey.application.submitted_at).total_seconds()
    assert sum(journey.shares_s.values()) == pytest.approx(took_s, abs=0.3)


def assert_as_the_ledger_says(
    platform: Platform, accepted: Accepted, parts: dict[str, JourneyPart]
) -> None:
    """The outside parties had it when we say that they had."""
    received = platform.received(accepted)
    (delivery,) = parts["ministries"].steps
    (submission,) = received.submissions
    assert delivery.first_tried_at
    assert delivery.handed_over_at
    assert delivery.first_tried_at <= received_at(submission)
    assert received_at(submission) <= delivery.handed_over_at + RECORDED_WITHIN
    sent = {row["reference"]: row for row in received.messages}
    steps = {str(step.step_id): step for step in parts["notifications"].steps}
    assert sent.keys() == {key for key, step in steps.items() if step.state != "cancelled"}
    for key, row in sent.items():
        step = steps[key]
        assert step.first_tried_at
        assert step.first_tried_at <= received_at(row)
        if step.reported_at:
            assert abs(step.reported_at - datetime.fromisoformat(row["reported_at"])) < timedelta(
                seconds=30
            )


async def assert_as_the_topics_say(
    platform: Platform, accepted: Accepted, parts: dict[str, JourneyPart]
) -> None:
    """Each step has the time of its event and that of its record."""
    submissions = await records_by_id(platform, HOSTED_SUBMISSIONS, accepted)
    said = await records_by_id(platform, HOSTED_MINISTRIES, accepted)
    announced = await records_by_id(platform, APPLICATIONS, accepted)
    (delivery,) = parts["ministries"].steps
    ((submission_id, (_, happened_at, written_at)),) = submissions.items()
    assert delivery.step_id == derived_id(submission_id, "delivery")
    assert times(delivery) == (happened_at, written_at)
    changes = {step.step_id: step for step in parts["applications"].steps}
    assert changes.keys() == announced.keys()
    of_ministries = {times(step) for step in changes.values() if step.published_at}
    assert of_ministries == {(event[1], event[2]) for event in said.values()}
    for message in parts["notifications"].steps:
        (event,) = [
            event
            for event_id, event in announced.items()
            if derived_id(event_id, "sms") == message.step_id
        ]
        assert times(message) == (event[1], event[2])
