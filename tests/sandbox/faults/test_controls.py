import pytest

from sandbox.faults.controls import Controls
from sandbox.faults.rules import Behaviour, Faults, Ordered
from sandbox.ledger.schema import Connection


@pytest.fixture
def controls(connection: Connection) -> Controls:
    return Controls(connection)


def test_orders_for_all_ministries_hold_for_each_and_for_no_other(controls: Controls) -> None:
    """`ministries` means every ministry, and not the SMS operator."""
    controls.faults["ministries"] = Ordered(Faults(delay_ms=7), 0)
    assert controls.faults_of("cabinet").delay_ms == 7
    assert controls.faults_of("sms").delay_ms is None


def test_the_behaviour_of_one_ministry_is_not_overruled(controls: Controls) -> None:
    """How one ministry decides stands before how all decide, and the usual behind both."""
    assert controls.behaviour_of("cabinet").mode == "mixed"
    controls.behaviours |= {"ministries": Behaviour(mode="never"), "ecs": Behaviour(mode="answer")}
    assert controls.behaviour_of("ecs").mode == "answer"
    assert controls.behaviour_of("cabinet").mode == "never"
