"""`bench` as CI asks it; a whole run of it is in `tests/tools/bench/test_bench.py`."""

import pytest

from tools.bench.report import Findings, Level
from tools.bench.stage import Stage
from tools.commands.bench import status_of


def found(*, ours_per_s: float = 90.0, lost: int = 0) -> Findings:
    ours = Stage(9, 0, 0, lost, 0, ours_per_s, [], [], {}, {})
    textbook = Stage(9, 0, 0, 0, 0, 30.0, [], [], {}, {})
    return Findings({}, [Level(0, saturated=ours)], textbook)


@pytest.mark.parametrize(
    ("findings", "at_least", "status"),
    [
        (found(), 0.0, 0),
        (found(), 3.0, 0),
        (found(), 3.1, 1),
        (found(lost=1), 0.0, 1),
        (Findings({}, [Level(0)]), 0.0, 0),
        (Findings({}, [Level(0)]), 3.0, 1),
    ],
)
def test_the_status_says_whether_it_was_well_and_fast_enough(
    findings: Findings, at_least: float, status: int
) -> None:
    """Below the ratio that is asked for, without one, and with anything lost, it is 1."""
    assert status_of(findings, at_least) == status
