"""Medians of classes of days."""

import pytest

from services.programme.figures.sums import median_days, public_decided


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


@pytest.mark.parametrize(
    ("approved", "refused", "shown"), [(0, 0, 0), (1, 0, None), (2, 2, None), (3, 2, 5)]
)
def test_1_to_4_are_not_shown(approved: int, refused: int, shown: int | None) -> None:
    """Nothing is known of none, and five are enough."""
    assert public_decided({"approved": approved, "refused": refused}) == shown
