"""Who may write, publish and stop what a public service is."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from libs.errors import Refused
from libs.web.callers.tokens import Staff
from services.catalogue.public_services.rules import PublicService

EDITOR: Final = "editor"
PUBLISHER: Final = "publisher"


@dataclass(frozen=True, slots=True)
class Person:
    """An editor of a ministry, a publisher of the platform, or both.

    Args:
        staff_id: the account.
        ministry: for which an editor writes; None for a publisher.
        publishes: whether the person is a publisher.
    """

    staff_id: UUID
    ministry: str | None
    publishes: bool

    @classmethod
    def of(cls, staff: Staff) -> "Person":
        """Return the person of a token."""
        writes = EDITOR in staff.roles and staff.post is not None
        ministry = staff.post.ministry if staff.post and writes else None
        return cls(staff.staff_id, ministry, PUBLISHER in staff.roles)

    @property
    def actor(self) -> str:
        """The name of the account in journals."""
        return f"staff:{self.staff_id}"

    def sees(self, ministry: str) -> bool:
        """Whether the person publishes services of a ministry, or writes for it."""
        return self.publishes or self.ministry == ministry

    def check_sees(self, service: PublicService) -> None:
        """Check that the person publishes or writes a service.

        Raises:
            Refused: it is of another ministry.
        """
        if not self.sees(service.body):
            raise Refused("service_of_other_ministry")

    def check_writes(self, service: PublicService) -> None:
        """Check that the person is an editor of the ministry of a service.

        Raises:
            Refused: the person is not.
        """
        if self.ministry != service.body:
            raise Refused("service_of_other_ministry")
