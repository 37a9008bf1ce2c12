"""The public services as this service knows them, copied from the catalogue's events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import add_working_days
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.language import Text
from libs.errors import Refused, Unavailable
from services.applications.domain.forms import Form, compile_form

OFFERS_CHANGED = "offers_changed"
"""Signalled when the copy of the catalogue has changed."""

_UNTIL_THE_COPY_IS_THERE_S = 2.0


@dataclass(frozen=True, slots=True)
class PublicService:
    """A public service as the catalogue last told it."""

    public_service_id: str
    ministry: str
    name: Text
    service_deadline_days: int | None
    form_version: int
    form_schema: dict[str, Any]
    form_rules: tuple[dict[str, Any], ...]
    open: bool
    changed_at: datetime
    event_id: UUID


def public_service_of(event: PublicServiceChanged) -> PublicService:
    """Keep of an event what applying needs, if it can be applied for at all.

    Refused comes out of `compile_form` for a broken form.

    Raises:
        Refused: no body of the state answers for it: its submissions would have no topic, and one
            event without a topic would hold up all others in the outbox.
    """
    if event.ministry not in bodies_by_id():
        raise Refused("ministry_unknown", "the public service's ministry is no body of the state")
    compile_form(event.form_schema, event.form_rules)
    return PublicService(
        public_service_id=event.public_service_id,
        ministry=event.ministry,
        name=event.name,
        service_deadline_days=event.service_deadline_days,
        form_version=event.form_version,
        form_schema=event.form_schema,
        form_rules=event.form_rules,
        open=event.open,
        changed_at=event.occurred_at,
        event_id=event.event_id,
    )


@dataclass(frozen=True, slots=True)
class Offer:
    """A public service with its form ready to be checked against."""

    public_service: PublicService
    form: Form

    def due_on(self, complete_on: date) -> date | None:
        """Return the last day of the ministry's time for what was complete on a day in Dhaka."""
        days = self.public_service.service_deadline_days
        return None if days is None else add_working_days(complete_on, days)


class OfferBook:
    """All offers in memory; as many as the catalogue has public services.

    A form is compiled when its public service or the version of its form changes, not per request.
    """

    def __init__(self) -> None:
        self._offers: dict[str, Offer] = {}

    def versions(self) -> Mapping[str, UUID]:
        """Say which event each offer was last changed by."""
        return {key: offer.public_service.event_id for key, offer in self._offers.items()}

    def put(self, public_services: Iterable[PublicService]) -> None:
        """Take new and changed public services in."""
        for public_service in public_services:
            self._offers[public_service.public_service_id] = Offer(
                public_service, self._form_of(public_service)
            )

    def find(self, public_service_id: str) -> Offer:
        """Return the offer of a public service, open or closed.

        Raises:
            Unavailable: the catalogue's copy has not arrived yet.
            Refused: there is no such public service.
        """
        if not self._offers:
            raise Unavailable("catalogue", "no copy yet", retry_after_s=_UNTIL_THE_COPY_IS_THERE_S)
        offer = self._offers.get(public_service_id)
        if offer is None:
            raise Refused("public_service_unknown", pointer="/public_service_id")
        return offer

    def find_open(self, public_service_id: str) -> Offer:
        """Return the offer of a public service that can be applied for now.

        Raises:
            Refused: there is no such public service, or it is closed.
        """
        offer = self.find(public_service_id)
        if not offer.public_service.open:
            raise Refused("public_service_closed", pointer="/public_service_id")
        return offer

    def name_of(self, public_service_id: str) -> Text:
        """Return the name of a public service, or its id where it is not known."""
        offer = self._offers.get(public_service_id)
        if offer is None:
            return Text(bn=public_service_id, en=public_service_id)
        return offer.public_service.name

    def _form_of(self, public_service: PublicService) -> Form:
        known = self._offers.get(public_service.public_service_id)
        if known and known.public_service.form_version == public_service.form_version:
            return known.form
        return compile_form(public_service.form_schema, public_service.form_rules)
