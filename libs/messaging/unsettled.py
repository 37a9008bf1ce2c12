"""Old names of `libs.dead_letters`; to be deleted when nothing imports them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from libs.dead_letters.rules import Selection


@dataclass(frozen=True, slots=True)
class Wanted:
    """Old name of `Selection`."""

    ids: Collection[int] | None = None
    reason: str | None = None
    party: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def selection(self) -> Selection:
        """Return the same as a selection."""
        return Selection(self.ids, self.reason, self.party, self.since, self.until)


EVERY = Wanted()
