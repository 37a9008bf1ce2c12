"""The ladder by which what is late is brought to ever higher posts, in working days."""

from collections.abc import Sequence
from typing import Final, TypeVar

Rung = TypeVar("Rung")

LATE_BY: Final = (0, 2, 5, 10, 20)
"""Working days since the last day, at which a rung after the other is reached."""


def rung_reached(rungs: Sequence[Rung], late: int) -> Rung:
    """Return the highest rung that is reached.

    Args:
        rungs: the lowest first, of which one belongs to each step of the ladder.
        late: working days since the last day, 0 or more.
    """
    return [rung for days, rung in zip(LATE_BY, rungs, strict=False) if days <= late][-1]
