"""What the tests of a run cost, for whoever adds one."""

from collections.abc import Mapping
from heapq import nlargest


def in_words(durations_s: Mapping[str, float], run_s: float, slowest: int) -> str:
    """Say how long tests took, and how much longer the run is for each second of them.

    Args:
        durations_s: how long each test took, with its fixtures.
        run_s: how long all of them took by the clock, beside one another.
        slowest: how many count as the slowest.
    """
    in_tests_s = sum(durations_s.values())
    of_slowest = sum(nlargest(slowest, durations_s.values())) / in_tests_s
    return (
        f"{len(durations_s):,} tests took {in_tests_s:.0f} s within {run_s:.0f} s by the clock: "
        f"a second more in a test makes the run {run_s / in_tests_s:.2f} s longer. "
        f"The {slowest} slowest took {of_slowest:.0%}."
    )
