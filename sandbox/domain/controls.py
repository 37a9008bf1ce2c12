"""What was ordered of the parties: faults and behaviours, the narrower before the wider."""

from collections.abc import Mapping

from sandbox.domain.behaviour import Behaviour
from sandbox.domain.faults import Faults, Ordered, in_force
from sandbox.domain.parties import scopes_of


class Controls:
    """The orders in force.

    Args:
        faults: orders by party.
        behaviours: how ministries decide, by ministry or for `ministries` at once.
    """

    def __init__(self, faults: Mapping[str, Ordered], behaviours: Mapping[str, Behaviour]) -> None:
        self.faults = dict(faults)
        self.behaviours = dict(behaviours)

    def orders_for(self, party: str) -> list[Ordered]:
        """Return the fault orders that hold for a party, its own first."""
        if not self.faults:
            return []
        return [self.faults[scope] for scope in scopes_of(party) if scope in self.faults]

    def faults_of(self, party: str) -> Faults:
        """Return all faults in force for a party as one."""
        return in_force(self.orders_for(party))

    def behaviour_of(self, party: str) -> Behaviour:
        """Return how a party decides."""
        for scope in scopes_of(party):
            if scope in self.behaviours:
                return self.behaviours[scope]
        return Behaviour()
