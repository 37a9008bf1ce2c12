from sandbox.faults.behaviour import Behaviour
from sandbox.faults.controls import Controls
from sandbox.faults.rules import Faults, Ordered


def test_orders_for_all_ministries_hold_for_each_and_for_nobody_else() -> None:
    """`ministries` means every ministry, and not the SMS operator."""
    controls = Controls({"ministries": Ordered(Faults(delay_ms=7), 0)}, {})
    assert controls.faults_of("cabinet").delay_ms == 7
    assert controls.faults_of("sms").delay_ms is None


def test_a_ministry_of_its_own_mind_is_not_overruled() -> None:
    """How one ministry decides stands before how all decide, and the usual behind both."""
    controls = Controls(
        {}, {"ministries": Behaviour(mode="never"), "ecs": Behaviour(mode="answer")}
    )
    assert controls.behaviour_of("ecs").mode == "answer"
    assert controls.behaviour_of("cabinet").mode == "never"
    assert Controls({}, {}).behaviour_of("cabinet").mode == "mixed"
