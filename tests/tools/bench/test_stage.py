"""One stage: clicks compared with what the outside parties received."""

import os
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tools.bench.scenes import SCENARIOS
from tests.tools.fake_platform import fake_platform
from tools.bench.cost import Cost
from tools.bench.load import Accepted, Clicked
from tools.bench.requests import requests
from tools.bench.stage import LoadTest, Stage, evaluate
from tools.ledger import Ledger, LedgerReader

NUMBER = "NS-7K4M9-PXRT3-HC2D3"
CLICKED = Clicked([Accepted("a", NUMBER, due_s=100.0, answered_s=100.5)])


def found(*references: str, hand_overs: int = 1, clicked: Clicked = CLICKED) -> Stage:
    """The findings of one click whose messages (a confirmation, decisions) came after four s."""
    at, ledger = datetime.fromtimestamp(104, UTC).isoformat(), Ledger()
    ledger.add("submissions", [{"application_id": "a", "kind": "submitted"}] * hand_overs)
    ledger.add(
        "messages",
        [
            {"n": n, "reference": one, "text": f"{NUMBER} {one}", "received_at": at}
            for n, one in enumerate(references)
        ],
    )
    return evaluate(clicked, ledger, {}, {})


def test_speed_counts_from_the_first_click_to_the_last_sms() -> None:
    """One application in four seconds; its latencies count from when it was due."""
    assert found("approved") == found("in", "approved")
    stage = found("in", "approved")
    assert (stage.accepted, stage.lost, stage.duplicates, stage.per_s) == (1, 0, 0, 0.25)
    assert (stage.accept_ms, stage.sms_ms) == ([500.0], [4000.0])


def test_an_application_without_hand_over_or_message_is_lost() -> None:
    """A missing hand-over, a missing message, and nothing at all."""
    assert found("in", "approved", hand_overs=0).lost == 1
    assert found("in").lost == 1
    assert found("in", "in").lost == 1
    assert found(hand_overs=0).lost == 1


def test_duplicates_are_above_what_an_application_has() -> None:
    """A second hand-over, a message twice under its reference, and a second decision."""
    assert found("in", "approved", hand_overs=2).duplicates == 1
    assert found("in", "in", "approved").duplicates == 1
    assert found("in", "approved", "refused").duplicates == 1


def test_refused_and_unanswered_clicks_are_counted_together() -> None:
    """Neither has a tracking number; a stage in which nothing was accepted has no speed."""
    stage = found(clicked=Clicked(refused=Counter({422: 2}), unanswered=1))
    assert (stage.refused, stage.per_s) == (3, 0.0)


def test_cost_is_for_ten_thousand_applications() -> None:
    """A second for twenty applications is 500 for 10,000."""
    stage = Stage(20, 0, 0, 0, 0, 1.0, [], [], {"gateway": 1.0}, {})
    assert stage.cpu_s_per_10k() == {"gateway": 500.0}


async def measured(*, saturated: bool = True, **faults: Any) -> Stage:
    """A stage of a hundred clicks on a fake platform that had an application before."""
    async with fake_platform(**faults) as (fake, http):
        fake.make_application()
        clicks = requests("/v1/applications", SCENARIOS, ["Bearer a"])
        processes = {"load": [os.getpid()]}
        load_test = LoadTest(fake.url, clicks, LedgerReader(http, fake.url), Cost(processes))
        if saturated:
            return await load_test.at_saturation(clicks=100, connections=3)
        return await load_test.at_rate(500, 0.2)


@pytest.mark.parametrize("saturated", [True, False])
async def test_a_stage_is_followed_to_the_last_message(saturated: bool) -> None:
    """A hundred clicks, a hundred applications, nothing lost or doubled, and the load's cost."""
    stage = await measured(saturated=saturated)
    assert (stage.accepted, stage.lost, stage.duplicates) == (100, 0, 0)
    assert stage.per_s > 0
    assert stage.cpu_s["load"] > 0
    assert max(stage.peaks_mib["load"]) > 10


async def test_hand_overs_that_come_twice_are_found() -> None:
    """Every application reaches its ministry twice."""
    assert (await measured(hand_overs=2)).duplicates == 100
