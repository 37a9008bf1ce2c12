"""A service centre, and the place where it stands."""

from dataclasses import dataclass
from datetime import datetime

from libs.bangladesh.places import trail, ward_code
from libs.contracts.language import Text


@dataclass(frozen=True, slots=True)
class Centre:
    """A service centre, as identity announced it.

    Args:
        area: code of its upazila or city corporation.
        union_id: its union; None in a city corporation, and where nobody said it.
        ward: the number of its ward; None where nobody said it.
    """

    service_centre_id: str
    name: Text
    area: str
    state: str
    changed_at: datetime
    union_id: str | None = None
    ward: int | None = None

    @property
    def place(self) -> str:
        """The code of the smallest known place where it stands."""
        ward = ward_code(self.area, self.union_id, self.ward) if self.ward else None
        return ward or self.union_id or self.area

    def stands_in(self, area: str) -> bool:
        """Whether it stands in an area of any kind."""
        return area in trail(self.place)
