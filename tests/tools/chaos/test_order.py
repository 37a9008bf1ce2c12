"""The order of events, for every place where an application is seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.chaos.order import RULES, follows, rises

RANKS = {"first": 0, "then": 1, "last": 2}
LIFE = [
    "application_submitted",
    "application_received",
    "correction_requested",
    "application_corrected",
    "application_withdrawn",
    "application_decided",
]


@given(st.lists(st.sampled_from([*RANKS, "beside"])))
def test_ranks_rise_exactly_where_no_lower_one_comes_later(names: list[str]) -> None:
    """Repetitions are allowed, and a name without a rank may stand anywhere."""
    ranked = [RANKS[name] for name in names if name in RANKS]
    falls = any(ranked[i] > ranked[j] for i in range(len(ranked)) for j in range(i, len(ranked)))
    assert rises(RANKS)(names) is not falls


@given(st.lists(st.sampled_from(LIFE[1:4]), unique=True), st.integers(0, len(LIFE)))
def test_a_whole_application_is_in_order_wherever_it_ends(beside: list[str], end: int) -> None:
    """An application may end at any step; it may be overdue at any time."""
    assert follows(LIFE[:end])
    assert follows([name for each in LIFE[:end] for name in (each, "application_overdue")])
    assert follows([LIFE[0], *[name for name in LIFE[1:] if name not in {*beside, LIFE[3]}]])


@pytest.mark.parametrize(
    "names",
    [
        ["application_received", "application_submitted"],
        ["application_decided"],
        ["application_submitted", "application_corrected"],
        ["application_submitted", "application_decided", "application_received"],
        ["application_submitted", "application_decided", "application_decided"],
        ["application_submitted", "application_withdrawn", "application_received"],
        ["application_submitted", "application_withdrawn", "application_withdrawn"],
        ["ministry_decided", "ministry_received"],
        ["correction_asked"],
        ["ministry_received", "ministry_decided", "correction_asked"],
    ],
)
def test_nothing_comes_before_its_cause_or_after_the_decision(names: list[str]) -> None:
    """These orders are wrong."""
    assert not follows(names)


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["ministry_unreachable", "ministry_received", "ministry_received", "ministry_decided"],
        ["application_submitted", "application_decided", "application_overdue"],
        ["application_submitted", "application_withdrawn", "application_decided"],
        ["application_submitted", "correction_requested", "correction_requested"],
    ],
)
def test_events_that_may_cross_are_in_order(names: list[str]) -> None:
    """An outage, a date that passes, a decision that was on its way."""
    assert follows(names)


@pytest.mark.parametrize(
    ("place", "right"),
    [
        ("ledger", ["submitted", "corrected", "withdrawn"]),
        ("sms", [LIFE[0], LIFE[2], LIFE[4], LIFE[5]]),
        (
            "submissions.hosted.v1",
            ["submission_made", "submission_corrected", "submission_withdrawn"],
        ),
        ("ministries.hosted.v1", ["ministry_received", "correction_asked", "ministry_decided"]),
        ("applications.v1", [LIFE[0], *LIFE[2:]]),
    ],
)
def test_every_place_has_its_rule(place: str, right: list[str]) -> None:
    """The right order passes, and no two neighbours may be swapped."""
    assert RULES[place](right)
    for at in range(len(right) - 1):
        wrong = [*right[:at], right[at + 1], right[at], *right[at + 2 :]]
        assert not RULES[place](wrong), wrong
