"""Claims: on which terms a worker takes rows, those included that are due as they are written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms rows are claimed.

    Args:
        worker: who takes them.
        limit: most rows; 0 for none.
        per_party: most rows of one outside party.
        lease_s: seconds after which they are free again.
        without: parties that are not to be asked now.
    """

    worker: str
    limit: int
    per_party: int
    lease_s: float
    without: Collection[str] = ()


NOBODY = Terms("", limit=0, per_party=0, lease_s=0.0)
"""The terms where nobody in this process has its hands free."""


class Taker(Protocol):
    """A worker of this process that begins with rows as soon as they are committed."""

    def terms(self) -> Terms:
        """On which terms rows may be claimed for it by the statement that writes them."""

    def take(self, rows: Sequence[Any]) -> None:
        """Begin with rows that were claimed on its terms; they are committed."""
