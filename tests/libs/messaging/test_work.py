import dataclasses
from datetime import UTC, datetime

import pytest

from libs.errors import Unavailable
from libs.messaging.work import Done
from tests.libs.messaging.errands import Errand


def test_an_outcome_and_a_failure_are_told_apart() -> None:
    """A store function decides by failure and next due time alone, and cannot change them."""
    row = Errand(1, "mopa", 0, datetime.now(UTC), None)
    done: Done[Errand, str] = Done(row, "did it", None, None, counts=True, trace=None)
    later: Done[Errand, str] = Done(row, None, Unavailable("mopa"), 3.0, counts=False, trace=None)
    assert (done.failure, later.outcome) == (None, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        later.counts = True  # type: ignore[misc]
