"""What was ordered of the destinations: faults and behaviours, the narrower before the wider."""

from collections.abc import Mapping

from sandbox.faults.behaviour import Behaviour
from sandbox.faults.destinations import scopes_of
from sandbox.faults.rules import Faults, Ordered, in_force


class Controls:
    """The orders in force.

    Args:
        faults: orders by destination.
        behaviours: how ministries decide, by ministry or for `ministries` at once.
    """

    def __init__(self, faults: Mapping[str, Ordered], behaviours: Mapping[str, Behaviour]) -> None:
        self.faults = dict(faults)
        self.behaviours = dict(behaviours)

    def orders_for(self, destination: str) -> list[Ordered]:
        """Return the fault orders that hold for a destination, its own first."""
        if not self.faults:
            return []
        return [self.faults[scope] for scope in scopes_of(destination) if scope in self.faults]

    def faults_of(self, destination: str) -> Faults:
        """Return all faults in force for a destination as one."""
        return in_force(self.orders_for(destination))

    def behaviour_of(self, destination: str) -> Behaviour:
        """Return how a destination decides."""
        for scope in scopes_of(destination):
            if scope in self.behaviours:
                return self.behaviours[scope]
        return Behaviour()
