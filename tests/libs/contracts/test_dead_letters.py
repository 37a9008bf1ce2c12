from typing import Any

import pytest
from pydantic import ValidationError

from libs.contracts.dead_letters import DeadLettersQuery, ReplayDeadLetters


@pytest.mark.parametrize("text", ["2026-12-16T09:30:00+06:00", "2026-12-16T03:30Z"])
def test_a_time_with_an_offset_is_accepted(text: str) -> None:
    """Text in ISO 8601."""
    query = DeadLettersQuery.model_validate({"since": text})
    assert query.since is not None
    assert query.since.timestamp() == 1797391800


@pytest.mark.parametrize("value", ["0", 0, "2026-12-16", "2026-12-16T09:30", "now", [], "২০২৬"])
def test_a_time_without_an_offset_is_refused(value: Any) -> None:
    """So are numbers and dates without a time."""
    with pytest.raises(ValidationError):
        DeadLettersQuery.model_validate({"since": value})


def test_a_replay_needs_a_selection() -> None:
    """An empty selection does not select all."""
    with pytest.raises(ValidationError):
        ReplayDeadLetters(why="everything")
    assert ReplayDeadLetters(why="fixed", reason="defect").ids is None
