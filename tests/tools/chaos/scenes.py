"""Results of runs, for tests of what is made of them."""

from typing import Any

from tools.chaos.report import Result


def result_of(**fields: Any) -> Result:
    """The result of a run in which nothing is wrong."""
    well: dict[str, Any] = {
        "seed": 7,
        "faults": {"stop kafka": 1, "kill gateway": 2},
        "accepted": 300,
        "helped": 40,
        "found": [],
        "recoveries": [(0.5, "kill gateway"), (1.5, "kill gateway"), (9.0, "stop kafka")],
        "load_per_s": 7.96,
        "problems": {},
    }
    return Result(**{**well, **fields})
