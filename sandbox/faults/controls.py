"""What was ordered of the destinations: faults and behaviours, the narrower before the wider."""

from sandbox.faults import queries
from sandbox.faults.destinations import scopes_of
from sandbox.faults.rules import Behaviour, Faults, Ordered, in_force
from sandbox.ledger.schema import Connection

FAULTS = "faults"
BEHAVIOUR = "behaviour"


class Controls:
    """The orders in force.

    Args:
        connection: to the ledger, which holds the orders that were in force when the sandbox last
            ended.
    """

    def __init__(self, connection: Connection) -> None:
        self.faults = {
            destination: Ordered(Faults.model_validate_json(value), at_s)
            for destination, value, at_s in queries.load_controls(connection, FAULTS)
        }
        self.behaviours = {
            destination: Behaviour.model_validate_json(value)
            for destination, value, _ in queries.load_controls(connection, BEHAVIOUR)
        }

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
