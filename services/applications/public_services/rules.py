"""The local copy of a public service, and the service with its compiled form."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from libs.bangladesh.bodies import bodies_by_id
from libs.bangladesh.calendar import Calendar, HolidaysUnknown, reference_calendar
from libs.bangladesh.deadline import Deadline
from libs.contracts.catalogue import (
    Adapter,
    FormOrigin,
    MinistryAdapter,
    PublicServiceChanged,
    RoutingRule,
    ServiceAdapter,
)
from libs.contracts.language import Text
from libs.errors import Refused
from libs.offices import Responsible, adapter_of, responsible
from libs.versions import holding, newest_versions
from services.applications.forms.rules import Form, compile_form

ROUTING = TypeAdapter(tuple[RoutingRule, ...])
"""Reads and writes the rules of a public service as JSON."""
ADAPTERS = TypeAdapter(tuple[ServiceAdapter, ...])
"""Reads and writes the versions of a public service's own adapter as JSON."""


@dataclass(frozen=True, slots=True)
class PublicService:
    """The local copy of a public service, from its last event.

    Args:
        service_deadline_days: working days that the ministry has, from a published source; None
            if there is no such deadline.
        changed_at: when the catalogue changed the service.
        event_id: the event that the service was copied from.
        ministry_adapter: hands submissions to the ministry now.
        adapters: all versions of an adapter of its own, now and later.
        form_origin: who made the form.
        own_takes_appeals: whether the own adapter of its ministry takes objections to refusals.
        routing: all versions of the rules that say which office is responsible.
        calendar: the days on which offices are open.
    """

    public_service_id: str
    ministry: str
    name: Text
    service_deadline_days: int | None
    form_version: int
    form_schema: dict[str, Any]
    form_rules: tuple[dict[str, Any], ...]
    open: bool
    ministry_adapter: MinistryAdapter
    changed_at: datetime
    event_id: UUID
    routing: tuple[RoutingRule, ...] = ()
    form_origin: FormOrigin = "this_project"
    adapters: tuple[ServiceAdapter, ...] = ()
    own_takes_appeals: bool = False
    calendar: Calendar = field(default_factory=reference_calendar)

    @classmethod
    def from_row(cls, row: Any) -> "PublicService":
        """Read a row of the table `public_services`."""
        values = dict(row)
        return cls(
            name=Text(bn=values.pop("name_bn"), en=values.pop("name_en")),
            form_schema=orjson.loads(values.pop("form_schema")),
            form_rules=tuple(orjson.loads(values.pop("form_rules"))),
            routing=ROUTING.validate_json(values.pop("routing")),
            adapters=ADAPTERS.validate_json(values.pop("adapters")),
            **values,
        )

    def responsible(self, form: dict[str, Any], on: date) -> Responsible:
        """Return who is responsible for an application with these answers on a day in Dhaka."""
        otherwise = Responsible(self.ministry, self.adapter(on))
        return responsible(self.routing, form, on, otherwise)

    def adapter(self, on: date) -> Adapter:
        """Return the adapter for its submissions on a day in Dhaka, if no rule names one."""
        own = newest_versions(self.adapters, on).get("")
        return own.adapter if own and own.adapter else self.ministry_adapter

    def adapter_of_office(self, ministry: str, rule_id: str, on: date) -> Adapter | None:
        """Return the adapter, on a day in Dhaka, for earlier submissions to the office of a rule.

        None if neither that rule nor the service itself is the ministry's any more.

        Args:
            ministry: the one that is responsible.
            rule_id: the rule that named its office; empty where none did.
            on: the day.
        """
        otherwise = Responsible(self.ministry, self.adapter(on))
        rule = newest_versions(self.routing, on).get(rule_id)
        if rule is not None and ministry in self._ministries(rule):
            return adapter_of(rule, otherwise)
        return otherwise.adapter if ministry == self.ministry else None

    def adapters_by_ministry(self, on: date) -> Iterator[tuple[str, Adapter]]:
        """Return the ministries that are responsible for some of its applications, with adapters.

        Args:
            on: the day in Dhaka.
        """
        otherwise = Responsible(self.ministry, self.adapter(on))
        yield self.ministry, otherwise.adapter
        for rule in holding(self.routing, on):
            adapter = adapter_of(rule, otherwise)
            yield from ((ministry, adapter) for ministry in self._ministries(rule))

    def _ministries(self, rule: RoutingRule) -> Collection[str]:
        """Return the ministries to whose offices a rule leads."""
        if rule.match == "body" and rule.ministry is None:
            return bodies_by_id().keys()
        return (rule.ministry or self.ministry,)

    def due_on(self, complete_on: date) -> date | None:
        """Return the ministry's last day for an application completed on a day in Dhaka.

        None if no deadline was published, or if it would end in a year whose holidays are not in
        the gazette yet: a due date is a promise, and is never made from an estimate.
        """
        last = self._last_day(complete_on)
        return last if isinstance(last, date) else None

    def deadline(self, begins_on: date) -> Deadline | None:
        """Return how the last day follows of an application that comes on a day in Dhaka.

        None if no deadline was published, or if its last day is not known.
        """
        days = self.service_deadline_days
        if days is None or self.due_on(begins_on) is None:
            return None
        return Deadline(begins_on, days)

    def calendar_missing(self, complete_on: date) -> int | None:
        """Return the year without a list of holidays, for which there is no last day."""
        last = self._last_day(complete_on)
        return last.year if isinstance(last, HolidaysUnknown) else None

    def _last_day(self, complete_on: date) -> date | HolidaysUnknown | None:
        days = self.service_deadline_days
        try:
            return None if days is None else self.calendar.add_working_days(complete_on, days)
        except HolidaysUnknown as unknown:
            return unknown


@dataclass(frozen=True, slots=True)
class CompiledService:
    """A public service with its compiled form."""

    public_service: PublicService
    form: Form


def public_service_of(event: PublicServiceChanged) -> PublicService:
    """Return the copy of a public service from its event.

    Raises:
        Refused: the form is broken, or the ministry is unknown. An unknown ministry has no topic,
            and one event without a topic would block the outbox.
    """
    named = {rule.ministry for rule in event.routing if rule.ministry is not None}
    if not {event.ministry, *named} <= bodies_by_id().keys():
        raise Refused("ministry_unknown", "the public service's ministry is no body of the state")
    compile_form(event.form_schema, event.form_rules)
    return PublicService(
        public_service_id=event.public_service_id,
        ministry=event.ministry,
        name=event.name,
        service_deadline_days=event.service_deadline_days
        if event.service_deadline_status == "sourced"
        else None,
        form_version=event.form_version,
        form_schema=event.form_schema,
        form_rules=event.form_rules,
        open=event.open,
        ministry_adapter=event.ministry_adapter,
        changed_at=event.occurred_at,
        event_id=event.event_id,
        routing=event.routing,
        form_origin=event.form_origin,
        adapters=event.adapters,
        own_takes_appeals=event.own_adapter_takes_appeals,
    )
