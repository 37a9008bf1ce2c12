"""A stage against a played platform."""

import os
from typing import Any

import pytest
from tools.bench.crowd import requests
from tools.bench.tally import Tally
from tools.bench.witness import Witness

from tests.tools.bench.clicking import WISHES
from tests.tools.playing import playing
from tools.bench.stage import Stage, Track


@pytest.mark.parametrize("how", ["at a rate", "saturated"])
async def test_a_stage_is_followed_until_everything_is_through(how: str) -> None:
    """A hundred clicks, a hundred applications, nothing lost or doubled, and what the load cost."""
    stage = await _stage(how)
    assert (stage.tally.accepted, stage.tally.lost, stage.tally.duplicates) == (100, 0, 0)
    assert stage.tally.per_s > 0
    assert stage.cpu_s["load"] > 0
    assert max(stage.peaks_mib["load"]) > 10


async def test_doubles_of_the_outside_world_are_seen() -> None:
    """Each application reaches its ministry twice."""
    assert (await _stage("saturated", hand_overs=2)).tally.duplicates == 100


def test_cost_is_told_for_ten_thousand() -> None:
    """A second for twenty applications is 500 for 10,000."""
    stage = Stage(Tally(20, 0, 0, 0, 0, 1.0, [], []), {"gateway": 1.0}, {})
    assert stage.cpu_s_per_10k() == {"gateway": 500.0}


async def _stage(how: str, **faults: Any) -> Stage:
    async with playing(**faults) as (played, http):
        clicks = requests("/v1/applications", WISHES, ["Bearer a"])
        track = Track(played.url, clicks, Witness(http, played.url), {"load": [os.getpid()]})
        if how == "saturated":
            return await track.saturated(clicks=100, lines=3)
        return await track.at_rate(500, 0.2)
