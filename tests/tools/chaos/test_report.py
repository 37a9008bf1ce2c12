"""What is said of a run: every number for programs, the first findings of each kind for people."""

from io import StringIO
from typing import Any

from rich.console import Console

from tools.chaos.report import Result, as_json, show, show_findings

KEYS = {
    "seed",
    "faults",
    "accepted",
    "lost",
    "duplicates",
    "out_of_order",
    "stuck",
    "unexplained_dead_letters",
    "recovery_s",
    "load_per_s",
}


def result(**fields: Any) -> Result:
    """A run of two faults in which all went well."""
    well: dict[str, Any] = {
        "seed": 7,
        "faults": {"stop kafka": 1, "kill gateway": 2},
        "accepted": 300,
        "found": [],
        "recoveries": [(0.5, "kill gateway"), (1.5, "kill gateway"), (9.0, "stop kafka")],
        "load_per_s": 7.96,
        "troubles": {},
    }
    return Result(**{**well, **fields})


def printed(part: Any, shown: Result) -> str:
    """What a person reads."""
    console = Console(file=StringIO(), width=200)
    part(console, shown)
    told: str = console.file.getvalue()  # type: ignore[attr-defined]
    return told


def test_all_is_well_only_when_something_was_tried_and_nothing_found() -> None:
    """A run in which nobody could apply proves nothing."""
    assert result().all_is_well
    assert not result(accepted=0).all_is_well
    assert not result(found=[("stuck", "one")]).all_is_well


def test_programs_get_every_number() -> None:
    """All keys are always there, zero where nothing was found."""
    told = as_json(result())
    assert set(told) == KEYS
    assert told["duplicates"] == {"ministry": 0, "sms": 0, "effects": 0}
    assert [told[name] for name in ("lost", "out_of_order", "stuck")] == [0, 0, 0]
    assert told["unexplained_dead_letters"] == 0
    assert told["recovery_s"] == {"p50": 1.5, "max": 9.0}
    assert (told["seed"], told["accepted"], told["load_per_s"]) == (7, 300, 8.0)
    assert list(told["faults"].items()) == [("kill gateway", 2), ("stop kafka", 1)]


def test_each_finding_is_counted_where_it_belongs() -> None:
    """One of each kind is one under each name."""
    kinds = ("lost", "ministry", "sms", "effects", "out_of_order", "stuck")
    told = as_json(result(found=[(kind, "") for kind in (*kinds, "unexplained_dead_letters")]))
    assert told["duplicates"] == {"ministry": 1, "sms": 1, "effects": 1}
    assert [told[name] for name in ("lost", "out_of_order", "stuck")] == [1, 1, 1]
    assert told["unexplained_dead_letters"] == 1


def test_a_run_in_which_nothing_came_through_has_no_recovery() -> None:
    """No number is made up."""
    assert as_json(result(recoveries=[]))["recovery_s"] == {"p50": None, "max": None}


def test_people_see_the_same_numbers() -> None:
    """The table has the seed, the counts and the recovery."""
    told = printed(show, result(found=[("lost", "one")]))
    rows = {
        line.split("│")[1].strip(): line.split("│")[2].strip()
        for line in told.splitlines()
        if line.count("│") == 3
    }
    assert "seed 7" in told
    assert rows["faults"] == "3"
    assert rows["lost"] == "1"
    assert rows["doubled: sms"] == "0"
    assert rows["working again, p50 / max"] == "1.5 / 9.0 s"


def test_people_see_some_findings_of_each_kind_and_how_many_more() -> None:
    """A thousand lines of one kind do not bury the one of another."""
    found = [("lost", f"application {n}") for n in range(25)] + [("stuck", "one that waits")]
    told = printed(show_findings, result(found=found, troubles={"no answer in 120 s": 3}))
    assert told.count("lost: application") == 10
    assert "lost: 15 more" in told
    assert "stuck: one that waits" in told
    assert "met on the way, 3 times: no answer in 120 s" in told
    assert "worked again 9.0 s after: stop kafka" in told
