"""Old names of `libs.jobs.lease`; to be deleted when nothing imports them."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """Old name of `libs.jobs.Lease`."""

    worker: str
    limit: int
    per_party: int
    lease_s: float
    without: Collection[str] = ()


NOBODY = Terms("", limit=0, per_party=0, lease_s=0.0)
