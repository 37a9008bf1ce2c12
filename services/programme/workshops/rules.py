"""A workshop, and what can be recorded of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from libs.bangladesh.bodies import bodies_by_id
from libs.contracts.language import Text
from libs.contracts.workshops import WorkshopView
from libs.errors import Refused
from libs.ids import NAMESPACE, derived_id
from services.programme.mails.rules import Invitation


@dataclass(frozen=True, slots=True)
class Workshop:
    """A workshop.

    Args:
        minutes: None while nobody has written them.
        recorded_at: when it was recorded last who came; None if nobody did.
        invited: number of bodies.
        attended: number of bodies that came, also without an invitation.
    """

    workshop_id: UUID
    topic: str
    day: date
    place: str
    minutes: str | None = None
    recorded_at: datetime | None = None
    invited: int = 0
    attended: int = 0

    def check_day(self, today: date) -> None:
        """Check that it can be recorded who came.

        Raises:
            Refused: the workshop lies ahead.
        """
        if today < self.day:
            raise Refused("workshop_ahead")

    def view(self) -> WorkshopView:
        """Return the workshop for those who read it."""
        return WorkshopView(
            workshop_id=self.workshop_id,
            topic=self.topic,
            day=self.day,
            place=self.place,
            invited=self.invited,
            attended=self.attended,
            minutes=self.minutes,
            recorded_at=self.recorded_at,
        )


def invitation_id(workshop_id: UUID, body: str) -> UUID:
    """Return the id of the mail that invites a body to a workshop."""
    return derived_id(NAMESPACE, f"invitation/{workshop_id}/{body}")


def invitation(workshop: Workshop, body: str, post: str) -> Invitation:
    """Return what the mail says that invites a body to a workshop."""
    return Invitation(
        post=post, body=body, topic=workshop.topic, day=workshop.day, place=workshop.place
    )


def check_bodies(body_ids: Iterable[str]) -> None:
    """Check that there are such bodies.

    Raises:
        Refused: there is one that is none.
    """
    if not set(body_ids) <= bodies_by_id().keys():
        raise Refused("body_not_found", pointer="/bodies")


def name_of(body_id: str) -> Text:
    """Return the name of a body."""
    body = bodies_by_id()[body_id]
    return Text(bn=body.name_bn, en=body.name_en)
