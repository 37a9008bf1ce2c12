"""All public services in memory, with their forms compiled."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from libs.bangladesh.calendar import Calendar, reference_calendar
from libs.contracts.catalogue import Adapter, MinistryAdapter
from libs.contracts.language import Text
from libs.errors import Refused, Unavailable
from services.applications.forms.rules import Form, compile_form
from services.applications.public_services.rules import CompiledService, PublicService

_RETRY_AFTER_S = 2.0


class PublicServiceCache:
    """All public services by id.

    A form is compiled when its version changes, not per request.
    """

    def __init__(self) -> None:
        self._services: dict[str, CompiledService] = {}
        self._calendar = reference_calendar()

    def versions(self) -> Mapping[str, UUID]:
        """Return the id of the event that each public service was copied from."""
        return {key: entry.public_service.event_id for key, entry in self._services.items()}

    def use_calendar(self, calendar: Calendar) -> None:
        """Reckon last days by a calendar from now on."""
        if calendar == self._calendar:
            return
        self._calendar = calendar
        self.put([entry.public_service for entry in self._services.values()])

    def put(self, public_services: Iterable[PublicService]) -> None:
        """Add or replace public services."""
        for public_service in public_services:
            self._services[public_service.public_service_id] = CompiledService(
                replace(public_service, calendar=self._calendar), self._form_of(public_service)
            )

    def find(self, public_service_id: str) -> CompiledService:
        """Return a public service, open or closed.

        Raises:
            Unavailable: the cache is still empty.
            Refused: there is no such public service.
        """
        if not self._services:
            raise Unavailable("catalogue", "no copy yet", retry_after_s=_RETRY_AFTER_S)
        entry = self._services.get(public_service_id)
        if entry is None:
            raise Refused("public_service_unknown", pointer="/public_service_id")
        return entry

    def find_open(self, public_service_id: str) -> CompiledService:
        """Return a public service that is open for applications.

        Raises:
            Unavailable: the cache is still empty.
            Refused: there is no such public service, or it is closed.
        """
        entry = self.find(public_service_id)
        if not entry.public_service.open:
            raise Refused("public_service_closed", pointer="/public_service_id")
        return entry

    def name_of(self, public_service_id: str) -> Text:
        """Return the name of a public service, or its id if the service is unknown."""
        entry = self._services.get(public_service_id)
        if entry is None:
            return Text(bn=public_service_id, en=public_service_id)
        return entry.public_service.name

    def get(self, public_service_id: str) -> PublicService | None:
        """Return a public service, open or closed; None if it is unknown."""
        entry = self._services.get(public_service_id)
        return entry.public_service if entry else None

    def ministry_adapters(self, on: date) -> Mapping[str, frozenset[Adapter]]:
        """Return all adapters of every ministry that is responsible for some applications.

        Args:
            on: the day in Dhaka.
        """
        found: dict[str, set[Adapter]] = {}
        for entry in self._services.values():
            for ministry, adapter in entry.public_service.adapters_by_ministry(on):
                found.setdefault(ministry, set()).add(adapter)
        return {ministry: frozenset(adapters) for ministry, adapters in found.items()}

    def ministry_adapter(self, ministry: str) -> MinistryAdapter | None:
        """Return the adapter of a ministry, by its public services or rules; None if none says."""
        services = [entry.public_service for entry in self._services.values()]
        found = (
            *(service.ministry_adapter for service in services if service.ministry == ministry),
            *(
                rule.ministry_adapter
                for service in services
                for rule in service.routing
                if rule.ministry == ministry
            ),
        )
        return found[0] if found else None

    def _form_of(self, public_service: PublicService) -> Form:
        before = self._services.get(public_service.public_service_id)
        if before and before.public_service.form_version == public_service.form_version:
            return before.form
        return compile_form(public_service.form_schema, public_service.form_rules)
