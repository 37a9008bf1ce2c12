"""The report of a bench."""

import io

from rich.console import Console

from tools.bench.desk import DeskStage
from tools.bench.report import Findings, Level, as_json, machine, show
from tools.bench.stage import Stage


def stage(per_s: float, *, lost: int = 0, refused: int = 0) -> Stage:
    """A stage of 10,000 applications."""
    cpu_s = {"gateway": 1.5, "kafka": 2.0}
    peaks_mib = {"gateway": (70.0, 69.0), "kafka": (190.0, 200.0)}
    return Stage(10_000, refused, 0, lost, 0, per_s, [1.0, 2.0], [3.0, 4.0], cpu_s, peaks_mib)


def findings() -> Findings:
    """Two levels, the textbook and the floor."""
    levels = [
        Level(0, saturated=stage(400.0), at_rates={50: stage(50.0, lost=1)}),
        Level(1_000_000, 12.0, stage(300.0)),
    ]
    floor = Level(0, saturated=stage(1_600.0))
    return Findings({"cores": 2}, levels, stage(100.0, lost=1), floor, {"gateway": 0.02})


def test_the_json_has_the_first_level_at_the_top_and_all_by_number() -> None:
    """The keys are a contract; counts are of all stages."""
    values = as_json(findings())
    assert values["saturation_per_s"] == 400.0
    assert values["latency_ms"]["50"]["p50"] == 4.0
    assert values["cpu_s_per_10k"] == {"gateway": 1.5, "kafka": 2.0}
    assert values["cpu_s_per_10k_at"] == {"50": {"gateway": 1.5, "kafka": 2.0}}
    assert values["rss_mb"] == {"gateway": 70, "kafka": 200}
    assert values["rss_mb_by_half"] == {"gateway": [70, 69], "kafka": [190, 200]}
    assert (values["lost"], values["duplicates"]) == (2, 0)
    assert (values["textbook_per_s"], values["ratio_to_textbook"]) == (100.0, 4.0)
    assert (values["floor"]["saturation_per_s"], values["ratio_to_floor"]) == (1_600.0, 0.25)
    assert values["idle_cores"] == {"gateway": 0.02}
    assert values["by_stored"]["1000000"]["saturation_per_s"] == 300.0
    assert values["machine"] == {"cores": 2}
    assert values["desk"] is None


def test_officers_have_their_numbers() -> None:
    """As in the demo; one that is lost or doubled is not well."""
    found = findings()
    found.desk = DeskStage(decided=24, lost=0, duplicates=0, sms_ms=[1.0, 2.0])
    assert as_json(found)["desk"] == {
        "decided": 24,
        "lost": 0,
        "duplicates": 0,
        "sms_ms": {"p50": 2.0, "max": 2.0},
    }
    for wrong in (DeskStage(23, 1, 0, []), DeskStage(24, 0, 1, [])):
        assert not Findings({}, [Level(0, saturated=stage(4.0))], desk=wrong).all_is_well


def test_without_the_textbook_there_is_no_ratio() -> None:
    """There is none either if only a rate was measured."""
    assert as_json(Findings({}, [Level(0, saturated=stage(4.0))]))["ratio_to_textbook"] is None
    only_rate = Findings({}, [Level(0, at_rates={50: stage(50.0)})], stage(100.0))
    assert as_json(only_rate)["ratio_to_textbook"] is None


def test_a_stage_with_losses_or_refusals_is_not_well() -> None:
    """A refused citizen is not served."""
    assert Findings({}, [Level(0, saturated=stage(4.0))]).all_is_well
    assert not Findings({}, [Level(0, saturated=stage(4.0, lost=1))]).all_is_well
    assert not Findings({}, [Level(0, saturated=stage(4.0, refused=1))]).all_is_well


def test_the_tables_have_speed_cost_and_ratio() -> None:
    """Every level has its tables."""
    page = io.StringIO()
    show(Console(file=page, width=120), findings())
    values = page.getvalue()
    assert "1,000,000 stored: 300.0 applications a second" in values
    assert "4.0 times as fast" in values
    assert "kafka" in values


def test_the_machine_is_described() -> None:
    """The report has cores, model, memory, kernel and Python."""
    described = machine()
    assert list(described) == ["cores", "model", "memory_gib", "kernel", "python"]
    assert all(described.values())
