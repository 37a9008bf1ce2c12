"""Medians of classes of days."""

import pytest

from services.programme.figures.sums import median_days


@pytest.mark.parametrize(
    ("counted", "median"),
    [
        ({}, None),
        ({"approved": 3}, None),
        ({"days_4": 1}, 4),
        ({"days_4": 1, "days_9": 1}, 4),
        ({"days_0": 1, "days_4": 1, "days_9": 1}, 4),
        ({"days_10": 1, "days_9": 2}, 9),
    ],
)
def test_half_took_at_most_so_many_days(counted: dict[str, int], median: int | None) -> None:
    """Numbers are ordered as numbers."""
    assert median_days(counted) == median
