"""The active faults and behaviours; those of one ministry override those of all."""

from sandbox.faults import queries
from sandbox.faults.destinations import scopes_of
from sandbox.faults.rules import ActiveFaults, Behaviour, Faults, merge
from sandbox.ledger.schema import Connection

FAULTS = "faults"
BEHAVIOUR = "behaviour"


class Controls:
    """The active faults and behaviours, by destination.

    Args:
        connection: to the ledger, which stores them over restarts.
    """

    def __init__(self, connection: Connection) -> None:
        self.faults = {
            destination: ActiveFaults(Faults.model_validate_json(value), at_s)
            for destination, value, at_s in queries.load_controls(connection, FAULTS)
        }
        self.behaviours = {
            destination: Behaviour.model_validate_json(value)
            for destination, value, _ in queries.load_controls(connection, BEHAVIOUR)
        }

    def active_faults(self, destination: str) -> list[ActiveFaults]:
        """Return the faults that apply to a destination, its own first."""
        if not self.faults:
            return []
        return [self.faults[scope] for scope in scopes_of(destination) if scope in self.faults]

    def faults_of(self, destination: str) -> Faults:
        """Return the merged faults of a destination."""
        return merge(self.active_faults(destination))

    def behaviour_of(self, destination: str) -> Behaviour:
        """Return how a destination decides."""
        for scope in scopes_of(destination):
            if scope in self.behaviours:
                return self.behaviours[scope]
        return Behaviour()
