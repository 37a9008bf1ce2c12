"""Pairs of stages with and without a hostile adapter."""

from dataclasses import replace

from tests.tools.bench.test_report import stage
from tools.bench.hostile import Pair, without_ministry
from tools.commands.hostile import is_well, summary
from tools.virtual_users.scenarios import Scenario


def test_citizens_apply_to_all_ministries_but_the_hostile_one() -> None:
    """It is one with few public services, so that most are tried."""
    scenarios = [
        Scenario(f"S{n:03}", ministry, "জন্ম নিবন্ধন", {})
        for n, ministry in enumerate(["lgd", "fd", "lgd", "mofa", "mofa"])
    ]
    ministry, others = without_ministry(scenarios)
    assert ministry == "fd"
    assert [each.ministry for each in others] == ["lgd", "lgd", "mofa", "mofa"]


def test_ratios_are_medians_of_pairs() -> None:
    """Each is of two stages in turn; what is lost in any of them counts."""
    quiet = stage(50.0)
    slower = replace(quiet, sms_ms=[6.0, 12.0])
    pairs = [Pair(quiet, slower), Pair(quiet, quiet), Pair(quiet, slower)]
    shown = summary(pairs)
    assert (shown["pairs"], shown["p99_ratio"], shown["p99_ratios"]) == (3, 3.0, [3.0, 1.0, 3.0])
    assert shown["cpu_s_beside"] == {"gateway": 1.5, "kafka": 2.0}
    assert is_well(pairs)
    assert not is_well([*pairs, Pair(quiet, stage(50.0, lost=1))])
    assert not is_well([*pairs, Pair(stage(50.0, refused=1), quiet)])
