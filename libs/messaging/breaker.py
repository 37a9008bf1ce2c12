"""A circuit breaker per outside party: who does not answer is not asked for a while."""

from collections.abc import Callable
from dataclasses import dataclass

_FAILURES_TO_OPEN = 5
_FIRST_OPEN_S = 1.0
_MOST_OPEN_S = 10.0


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    open_s: float = _FIRST_OPEN_S
    closed_at_s: float = 0.0  # on the clock; before it nobody asks
    probing: bool = False


class Breaker:
    """Knows which parties are worth asking.

    After five failures in a row a party is left alone, first for a second, then twice as long each
    time up to ten seconds; then one single request finds out. That costs a party that is away
    little, and one that comes back is noticed at once.

    Args:
        clock: seconds on a clock that never goes back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._circuits: dict[str, _Circuit] = {}

    def allows(self, party: str) -> bool:
        """Whether the party may be asked now; after an open time only the first one is told yes."""
        circuit = self._circuits.get(party)
        if circuit is None or circuit.failures < _FAILURES_TO_OPEN:
            return True
        if circuit.probing or self._clock() < circuit.closed_at_s:
            return False
        circuit.probing = True
        return True

    def closed_to(self) -> set[str]:
        """The parties that nobody should ask now."""
        now_s = self._clock()
        return {
            party
            for party, circuit in self._circuits.items()
            if circuit.failures >= _FAILURES_TO_OPEN
            and (circuit.probing or now_s < circuit.closed_at_s)
        }

    def opens_in_s(self, party: str) -> float:
        """Seconds until the party may be asked again."""
        circuit = self._circuits.get(party)
        return max(0.0, circuit.closed_at_s - self._clock()) if circuit else 0.0

    def succeeded(self, party: str) -> None:
        """The party answered."""
        self._circuits.pop(party, None)

    def failed(self, party: str) -> None:
        """The party did not answer."""
        circuit = self._circuits.setdefault(party, _Circuit())
        circuit.failures += 1
        if circuit.failures < _FAILURES_TO_OPEN:
            return
        if circuit.probing or circuit.failures == _FAILURES_TO_OPEN:
            circuit.closed_at_s = self._clock() + circuit.open_s
            circuit.open_s = min(circuit.open_s * 2, _MOST_OPEN_S)
            circuit.probing = False
