"""A lease: how many jobs a runner may hold, and for how long."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Lease:
    """The limits under which jobs are claimed.

    Args:
        holder: the runner that claims.
        limit: maximum number of jobs; 0 for none.
        per_destination: maximum number of jobs for one destination.
        duration_s: seconds until a claimed job may be claimed again.
        excluded: destinations whose jobs must not be claimed now.
        shares: maximum number of jobs for those destinations that get fewer than the others.
    """

    holder: str
    limit: int
    per_destination: int
    duration_s: float
    excluded: Collection[str] = ()
    shares: Mapping[str, int] = field(default_factory=dict)

    def share_of(self, destination: str) -> int:
        """Return the maximum number of jobs for a destination."""
        return self.shares.get(destination, self.per_destination)


NO_LEASE = Lease("", limit=0, per_destination=0, duration_s=0.0)
"""The lease if no runner of this process can start a job now."""
