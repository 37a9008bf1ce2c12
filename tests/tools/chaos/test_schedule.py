"""The faults of a run: from the seed alone, of every kind, one at a time at each place."""

from itertools import pairwise
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from tools.chaos.mischief import is_outside

from services.registry import SERVICES
from tools.chaos.schedule import (
    BROKER,
    DATABASE,
    READING,
    SESSION_TIMEOUT_S,
    Fault,
    Kind,
    plan_faults,
)

SEEDS = st.integers(0, 2**32)
MINUTES = st.floats(0.5, 10)
MEMBERS = {"kill_relay_holder", "member_leaves", "member_is_killed"}
PAUSES = {"stop", "kill_during_broker_stop", "lose_offsets"}
BESIDE = {
    "kill_during_database_outage": DATABASE,
    "kill_during_broker_stop": BROKER,
    "lose_offsets": BROKER,
}


def struck(fault: Fault) -> set[str]:
    """Whom a fault takes away."""
    return {fault.target, BESIDE.get(fault.kind, fault.target)}


@settings(deadline=None)
@given(SEEDS, MINUTES)
def test_the_same_seed_breaks_the_same_things_at_the_same_times(seed: int, minutes: float) -> None:
    """What was found in one run can be looked for in another."""
    faults = plan_faults(seed, minutes=minutes)
    assert faults == plan_faults(seed, minutes=minutes)
    assert faults == sorted(faults, key=lambda fault: fault.at_s)


def test_another_seed_breaks_others() -> None:
    """Runs with different seeds look at different moments."""
    plans = [tuple(plan_faults(seed, minutes=5.0)) for seed in range(50)]
    assert len(set(plans)) == len(plans)


@settings(deadline=None)
@given(SEEDS)
def test_five_minutes_have_every_kind_and_a_long_outage_of_each_party(seed: int) -> None:
    """A minute without a ministry and without the operator, and each way to die."""
    faults = plan_faults(seed, minutes=5.0)
    assert {fault.kind for fault in faults} == set(get_args(Kind))
    away = {fault.target: fault.lasts_s for fault in faults if fault.kind == "away"}
    assert away == {"ministries": 60.0, "sms": 60.0}


@settings(deadline=None, max_examples=20)
@given(SEEDS)
def test_a_long_run_breaks_everybody_in_every_way(seed: int) -> None:
    """Kill, stop and restart of each process, the rest of each reading service."""
    faults = {(fault.kind, fault.target) for fault in plan_faults(seed, minutes=20.0)}
    for target in (*SERVICES, BROKER, DATABASE):
        assert {(kind, target) for kind in ("kill", "stop", "restart")} <= faults
    for target in READING:
        assert {(kind, target) for kind in {*BESIDE, *MEMBERS}} <= faults


@settings(deadline=None)
@given(SEEDS, MINUTES)
def test_everything_is_over_before_the_quiet_share(seed: int, minutes: float) -> None:
    """The last citizens meet a platform that only has to mend itself."""
    for fault in plan_faults(seed, minutes=minutes):
        assert 0 < fault.at_s <= fault.ends_at_s <= minutes * 60 * 0.85 + 1e-6


@settings(deadline=None)
@given(SEEDS)
def test_no_process_is_broken_again_before_the_fault_before_is_over(seed: int) -> None:
    """A broker that stands still is not killed, and a killed one has a moment to start."""
    faults = [
        fault
        for fault in plan_faults(seed, minutes=5.0)
        if not is_outside(fault) and fault.kind not in MEMBERS
    ]
    for name in (*SERVICES, BROKER, DATABASE):
        for before, after in pairwise(fault for fault in faults if name in struck(fault)):
            assert after.at_s >= before.ends_at_s + 1


@settings(deadline=None)
@given(SEEDS)
def test_a_party_and_a_group_have_one_trouble_at_a_time(seed: int) -> None:
    """An order replaces the one before, and there is one place for a second member."""
    faults = plan_faults(seed, minutes=5.0)
    outside = [fault for fault in faults if is_outside(fault)]
    lanes = [[fault for fault in outside if fault.target == at] for at in ("ministries", "sms")]
    lanes.append([fault for fault in faults if fault.kind in MEMBERS])
    for lane in lanes:
        assert all(after.at_s > before.ends_at_s for before, after in pairwise(lane))


@settings(deadline=None)
@given(SEEDS, MINUTES)
def test_who_is_stopped_is_away_for_longer_than_the_session(seed: int, minutes: float) -> None:
    """Otherwise the group would not notice, and nothing would be tried."""
    for fault in plan_faults(seed, minutes=minutes):
        if fault.kind in PAUSES:
            assert fault.lasts_s > SESSION_TIMEOUT_S


def test_a_fault_is_counted_under_what_happened_to_whom() -> None:
    """The report adds up by this name."""
    fault = Fault(2.0, "stop", "kafka", lasts_s=3.0)
    assert (fault.name, fault.ends_at_s) == ("stop kafka", 5.0)
