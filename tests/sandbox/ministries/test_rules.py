from uuid import UUID

from sandbox.faults.rules import Behaviour
from sandbox.ministries.rules import case_file_number, decide

APPLICATIONS = [UUID(int=number) for number in range(2_000)]


def test_the_same_application_is_decided_the_same() -> None:
    """A decision depends on the application and the seed only."""
    for application_id in APPLICATIONS[:50]:
        first = decide(Behaviour(), "submitted", application_id, 1)
        assert first == decide(Behaviour(), "submitted", application_id, 1)


def test_by_default_half_are_called_back_and_a_tenth_refused() -> None:
    """By default a ministry requests no corrections."""
    made = [decide(Behaviour(), "submitted", application, 1) for application in APPLICATIONS]
    by_callback = sum(decision is not None and decision.by_callback for decision in made)
    actions = [decision.action for decision in made if decision]
    assert 900 < by_callback < 1_100
    assert 150 < actions.count("refused") < 250
    assert actions.count("correction_asked") == 0
    assert len(actions) == len(APPLICATIONS)


def test_modes_are_followed() -> None:
    """A ministry decides only in the way of its mode, and with `never` not at all."""
    for application_id in APPLICATIONS[:50]:
        answered = decide(Behaviour(mode="answer"), "submitted", application_id, 1)
        called = decide(Behaviour(mode="callback"), "submitted", application_id, 1)
        assert answered is not None
        assert not answered.by_callback
        assert called is not None
        assert called.by_callback
        assert decide(Behaviour(mode="never"), "submitted", application_id, 1) is None


def test_a_correction_is_requested_once_with_a_note() -> None:
    """The corrected submission is decided; a withdrawn one is not."""
    behaviour = Behaviour(correction_rate=1.0, refusal_rate=0.0)
    asked = decide(behaviour, "submitted", APPLICATIONS[0], 1)
    corrected = decide(behaviour, "corrected", APPLICATIONS[0], 1)
    assert asked is not None
    assert asked.action == "correction_asked"
    assert asked.note is not None
    assert corrected is not None
    assert corrected.action == "approved"
    assert decide(behaviour, "withdrawn", APPLICATIONS[0], 1) is None


def test_a_case_file_number_begins_as_the_body_numbers_its_files() -> None:
    """The number begins with the body's nothi code, or 00 without one."""
    assert case_file_number("cabinet", UUID(int=5)).startswith("04.00.0000.")
