"""Two releases by turns: what is compared, and what is left out. `.ci/run` does not compare any."""

from collections.abc import Mapping

from tools.bench.against import Comparison
from tools.bench.stage import Stage


def stage(per_s: float, lost: int = 0, **cpu_s: float) -> Stage:
    """A stage of 10,000 applications."""
    peaks_mib: Mapping[str, tuple[float, float]] = {}
    return Stage(10_000, 0, 0, lost, 0, per_s, [1.0], [3.0], cpu_s, peaks_mib)


def test_the_ratio_is_the_median_of_the_turns_by_cpu() -> None:
    """Neither the load nor the outside systems count; who is not on the path counts apart."""
    found = Comparison("5c368dbd")
    for gateway_s, per_s in ((10.0, 500.0), (4.0, 400.0), (20.0, 250.0)):
        found.before.append(stage(500.0, gateway=8.0, load=1.0, sandbox=1.0))
        found.today.append(stage(per_s, gateway=gateway_s, issuance=2.0, load=90.0, sandbox=90.0))
    assert found.ratio == 0.8
    shown = found.as_json()
    assert (shown["against"], shown["ratio"], shown["applications"]) == ("5c368dbd", 0.8, 60_000)
    assert shown["ratios"] == [0.4, 0.8, 2.0]
    assert shown["ratios_of_all"] == [0.364, 0.667, 1.333]
    assert shown["ratios_by_rate"] == [0.5, 0.8, 1.0]
    assert shown["cpu_s_per_10k"] == {
        "before": {"gateway": 8.0, "load": 1.0, "sandbox": 1.0},
        "today": {"gateway": 10.0, "issuance": 2.0, "load": 90.0, "sandbox": 90.0},
    }


def test_a_lost_application_of_either_is_not_well() -> None:
    """It would make its side look fast."""
    well, lost = stage(1.0, gateway=1.0), stage(1.0, 1, gateway=1.0)
    assert Comparison("a", [well], [well]).all_is_well
    assert not Comparison("a", [well], [lost]).all_is_well
    assert not Comparison("a", [lost], [well]).all_is_well
