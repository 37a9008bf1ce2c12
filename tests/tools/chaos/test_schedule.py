"""The schedule of faults: from the seed alone, of every kind, one at a time for a target."""

from itertools import pairwise
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry import OPENERS, SERVICES
from tools.chaos.sandbox_faults import is_outside
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


def hit(fault: Fault) -> set[str]:
    """The targets of a fault."""
    return {fault.target, BESIDE.get(fault.kind, fault.target)}


@settings(deadline=None)
@given(SEEDS, MINUTES)
def test_the_same_seed_gives_the_same_faults(seed: int, minutes: float) -> None:
    """A run can be repeated."""
    faults = plan_faults(seed, minutes=minutes)
    assert faults == plan_faults(seed, minutes=minutes)
    assert faults == sorted(faults, key=lambda fault: fault.at_s)


def test_another_seed_gives_others() -> None:
    """Fifty seeds give fifty schedules."""
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
def test_a_long_run_has_every_fault_of_every_target(seed: int) -> None:
    """Kill, stop and restart of each process, the rest of each reading service."""
    faults = {(fault.kind, fault.target) for fault in plan_faults(seed, minutes=20.0)}
    for target in (*SERVICES, *OPENERS.values(), BROKER, DATABASE):
        assert {(kind, target) for kind in ("kill", "stop", "restart")} <= faults
    for target in READING:
        assert {(kind, target) for kind in {*BESIDE, *MEMBERS}} <= faults


@settings(deadline=None)
@given(SEEDS, MINUTES)
def test_all_faults_are_over_before_the_last_share_of_the_run(seed: int, minutes: float) -> None:
    """The last citizens meet a platform that is recovering."""
    for fault in plan_faults(seed, minutes=minutes):
        assert 0 < fault.at_s <= fault.ends_at_s <= minutes * 60 * 0.85 + 1e-6


@settings(deadline=None)
@given(SEEDS)
def test_a_process_has_no_fault_before_its_last_one_is_over(seed: int) -> None:
    """A stopped broker is not killed, and a killed one has a second to start."""
    faults = [
        fault
        for fault in plan_faults(seed, minutes=5.0)
        if not is_outside(fault) and fault.kind not in MEMBERS
    ]
    for name in (*SERVICES, *OPENERS.values(), BROKER, DATABASE):
        for before, after in pairwise(fault for fault in faults if name in hit(fault)):
            assert after.at_s >= before.ends_at_s + 1


@settings(deadline=None)
@given(SEEDS)
def test_outside_parties_and_groups_have_one_fault_at_a_time(seed: int) -> None:
    """The sandbox keeps one fault for a party, and there is one second member."""
    faults = plan_faults(seed, minutes=5.0)
    outside = [fault for fault in faults if is_outside(fault)]
    lanes = [[fault for fault in outside if fault.target == at] for at in ("ministries", "sms")]
    lanes.append([fault for fault in faults if fault.kind in MEMBERS])
    for lane in lanes:
        assert all(after.at_s > before.ends_at_s for before, after in pairwise(lane))


@settings(deadline=None)
@given(SEEDS, MINUTES)
def test_a_process_is_stopped_for_longer_than_the_session_timeout(
    seed: int, minutes: float
) -> None:
    """Otherwise the group would not rebalance, and nothing would be tested."""
    for fault in plan_faults(seed, minutes=minutes):
        if fault.kind in PAUSES:
            assert fault.lasts_s > SESSION_TIMEOUT_S
