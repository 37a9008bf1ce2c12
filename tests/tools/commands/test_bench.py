"""The exit status of `bench`; `.ci/run` has a whole run."""

import pytest

from tools.bench.against import Comparison
from tools.bench.report import Findings, Level
from tools.bench.stage import Stage
from tools.commands.bench import status_of


def found(*, ours_per_s: float = 90.0, lost: int = 0) -> Findings:
    ours = Stage(9, 0, 0, lost, 0, ours_per_s, [], [], {}, {})
    floor = Stage(9, 0, 0, 0, 0, 300.0, [], [], {}, {})
    return Findings({}, [Level(0, saturated=ours)], floor=Level(0, saturated=floor))


def beside(*, gateway_s: float) -> Comparison:
    before, today = (
        Stage(9, 0, 0, 0, 0, 90.0, [], [], {"gateway": cpu_s}, {}) for cpu_s in (8.0, gateway_s)
    )
    return Comparison("5c368dbd", [before], [today])


@pytest.mark.parametrize(
    ("findings", "at_least", "status"),
    [
        (found(), 0.0, 0),
        (found(), 0.3, 0),
        (found(), 0.31, 1),
        (found(lost=1), 0.0, 1),
        (Findings({}, [Level(0)]), 0.0, 0),
        (Findings({}, [Level(0)]), 0.3, 1),
        (beside(gateway_s=10.0), 0.8, 0),
        (beside(gateway_s=10.0), 0.81, 1),
    ],
)
def test_the_status_follows_from_the_findings(
    findings: Findings | Comparison, at_least: float, status: int
) -> None:
    """It is 1 after a loss, below the required share of what is beside it, or without one."""
    assert status_of(findings, at_least) == status
