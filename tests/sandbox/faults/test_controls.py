import pytest

from sandbox.faults.controls import Controls
from sandbox.faults.rules import ActiveFaults, Behaviour, Faults
from sandbox.ledger.schema import Connection


@pytest.fixture
def controls(connection: Connection) -> Controls:
    return Controls(connection)


def test_faults_of_all_ministries_apply_to_ministries_only(controls: Controls) -> None:
    """They do not apply to the SMS operator."""
    controls.faults["ministries"] = ActiveFaults(Faults(delay_ms=7), 0)
    assert controls.faults_of("cabinet").delay_ms == 7
    assert controls.faults_of("sms").delay_ms is None


def test_the_behaviour_of_one_ministry_overrides_that_of_all(controls: Controls) -> None:
    """Without either the default applies."""
    assert controls.behaviour_of("cabinet").mode == "mixed"
    controls.behaviours |= {"ministries": Behaviour(mode="never"), "ecs": Behaviour(mode="answer")}
    assert controls.behaviour_of("ecs").mode == "answer"
    assert controls.behaviour_of("cabinet").mode == "never"
