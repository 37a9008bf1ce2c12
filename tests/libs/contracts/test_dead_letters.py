from typing import Any

import pytest
from pydantic import ValidationError

from libs.contracts.dead_letters import DeadLettersQuery, ReplayDeadLetters


@pytest.mark.parametrize("text", ["2026-12-16T09:30:00+06:00", "2026-12-16T03:30Z"])
def test_a_time_is_taken_as_it_is_written_out(text: str) -> None:
    """Of a window everybody sees what is meant."""
    query = DeadLettersQuery.model_validate({"since": text})
    assert query.since is not None
    assert query.since.timestamp() == 1797391800


@pytest.mark.parametrize("value", ["0", 0, "2026-12-16", "2026-12-16T09:30", "now", [], "২০২৬"])
def test_anything_else_is_no_time(value: Any) -> None:
    """A number is no time, a day is no moment, and a time without its offset is two."""
    with pytest.raises(ValidationError):
        DeadLettersQuery.model_validate({"since": value})


def test_a_replay_says_which() -> None:
    """An empty wish is no wish for everything."""
    with pytest.raises(ValidationError):
        ReplayDeadLetters(why="everything")
    assert ReplayDeadLetters(why="mended", reason="defect").ids is None
