"""The kinds of publications: how each is checked, and the event that announces it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from libs.contracts.catalogue import (
    CalendarChanged,
    CalendarDay,
    RoutingRule,
    ServiceAdapter,
    TariffChanged,
    WorkflowPublished,
)
from libs.contracts.events import Event
from libs.contracts.problems import PROBLEMS
from libs.errors import Refused
from libs.ids import NAMESPACE, derived_id
from libs.workflows.checking import Known, check_text
from libs.workflows.model import Workflow
from libs.workflows.parsing import Problem, Wrong, check_json, parse_workflow, problems_of
from libs.workflows.tariffs import TariffRow, Tariffs, check_tariffs, parse_tariffs
from services.catalogue.public_services.rules import next_adapter
from services.catalogue.publications.rules import Kind, Publication
from services.catalogue.routing import rules as routing
from services.catalogue.routing.rules import Proposal


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The names that a content may refer to.

    Args:
        today: the day in Dhaka.
        versions: all versions of the series, in their order.
        items: of all tariffs, this one's too.
        bodies: ids of ministries.
        areas: codes of unions, upazilas and city corporations.
        form: schema of the form of the public service.
        days: the working days that the public service has by a published source; None without one.
        routing: all versions of the routing rules of the public service.
        adapters: all versions of its own adapter.
    """

    today: date
    versions: Sequence[Publication]
    items: frozenset[str]
    bodies: frozenset[str]
    areas: frozenset[str]
    form: Mapping[str, Any]
    days: int | None = None
    routing: Sequence[RoutingRule] = ()
    adapters: Sequence[ServiceAdapter] = ()

    @property
    def next_version(self) -> int:
        """The number that a new version has."""
        return self.versions[-1].version + 1 if self.versions else 1


def problems_in(kind: Kind, series: str, content: str, around: Surroundings) -> list[Problem]:
    """Return what is wrong with a content as the next version; nothing if it can be published."""
    try:
        check_json(content)
        match kind:
            case "workflow":
                return list(_wrong_in_workflow(series, content, around))
            case "tariff":
                return list(_wrong_in_tariff(series, parse_tariffs(content), around))
            case "year":
                return list(_wrong_in_year(series, _read_year(content)))
            case "connection":
                return list(_wrong_in_connection(content, around))
            case "offices":
                return list(_wrong_in_offices(rule_in(series, content), around))
    except Wrong as wrong:
        return list(wrong.problems)


def first_day(kind: Kind, series: str, content: str, today: date) -> date:
    """Return the first day on which a content holds, or would."""
    match kind:
        case "workflow":
            return parse_workflow(content).valid_from
        case "tariff":
            days = [row.valid_from for row in parse_tariffs(content).rows]
            return min((day for day in days if day >= today), default=min(days))
        case "year":
            return date.fromisoformat(f"{series}-01-01")
        case "connection" | "offices":
            return date.fromisoformat(json.loads(content)["valid_from"])


def event_of(publication: Publication) -> Event:
    """Return the event that announces a version; its id is derived, so a repeat is the same.

    The time is in it: after a restore a number comes again, perhaps with another content.

    Raises:
        ValueError: its kind is announced with the public service.
    """
    identity = (
        publication.kind, publication.series, publication.version, publication.published_at
    )  # fmt: skip
    about: Any = {
        "event_id": derived_id(NAMESPACE, "/".join(map(str, identity))),
        "occurred_at": publication.published_at,
        "version": publication.version,
    }
    content = json.loads(publication.content)
    match publication.kind:
        case "workflow":
            return WorkflowPublished(
                **about,
                workflow_version=f"{publication.series}@{publication.version}",
                public_service_id=publication.series,
                valid_from=publication.valid_from,
                content=content,
            )
        case "tariff":
            return TariffChanged(**about, tariff_id=publication.series, rows=content["rows"])
        case "year":
            return CalendarChanged(
                **about, year=publication.series, source=content["source"], days=content["days"]
            )
        case "connection" | "offices":
            raise ValueError(publication.kind)


def adapter_in(content: str) -> ServiceAdapter:
    """Return the adapter that a content sets.

    Raises:
        Wrong: it is none.
    """
    try:
        return ServiceAdapter(**{**_fields(content), "version": 1})
    except ValidationError as failure:
        raise Wrong(problems_of(failure)) from None


def rule_in(series: str, content: str) -> Proposal:
    """Return the routing rule that a content sets, or ends where it says `ended`.

    Raises:
        Wrong: it is none.
    """
    fields = _fields(content)
    try:
        rule_id, day = fields.pop("rule_id"), date.fromisoformat(fields.pop("valid_from"))
    except (KeyError, TypeError, ValueError):
        raise Wrong([Problem("", "a rule has a `rule_id` and a day in `valid_from`")]) from None
    if isinstance(fields.get("wards"), list):
        fields["wards"] = tuple(fields["wards"])
    return Proposal(series, str(rule_id), day, fields)


def _fields(content: str) -> dict[str, Any]:
    fields = json.loads(content)
    if not isinstance(fields, dict):
        raise Wrong([Problem("", "it has fields")])
    return fields


def tariff_id_of(row: TariffRow) -> str:
    """Return the tariff of a row: its item, and the area in which it applies."""
    return f"{row.item}@{row.locality.code}" if row.locality else row.item


def _wrong_in_workflow(series: str, content: str, around: Surroundings) -> Iterator[Problem]:
    before = parse_workflow(around.versions[-1].content) if around.versions else None
    known = Known(around.items, around.bodies, around.form, before)
    found = check_text(content, known)
    yield from found
    if found:
        return
    workflow: Workflow = parse_workflow(content)
    if workflow.workflow != series:
        yield Problem("/workflow", f"it is not of {series}")
    if workflow.version != around.next_version:
        yield Problem("/version", f"the next version is {around.next_version}")
    if workflow.valid_from < around.today:
        yield Problem("/valid_from", "the day has passed")
    clock = workflow.clock
    if around.days is not None and (clock.days, clock.unit) != (around.days, "working"):
        yield Problem("/clock", f"the published time of {series} is {around.days} working days")


def _wrong_in_tariff(series: str, tariffs: Tariffs, around: Surroundings) -> Iterator[Problem]:
    yield from check_tariffs(tariffs, around.areas, around.items)
    if not tariffs.rows:
        yield Problem("/rows", "a tariff has a row")
    for n, row in enumerate(tariffs.rows):
        if tariff_id_of(row) != series:
            yield Problem(f"/rows/{n}", f"it is of {tariff_id_of(row)}")
    before = parse_tariffs(around.versions[-1].content).rows if around.versions else ()
    yield from _changed_past(tariffs.rows, before, around.today)


def _changed_past(
    rows: Sequence[TariffRow], before: Sequence[TariffRow], today: date
) -> Iterator[Problem]:
    """Find rows that change what has been charged: only the end of a row may be set, and ahead."""
    kept, held = ([_without_end(row) for row in of] for of in (rows, before))
    for n, row in enumerate(before):
        if row.valid_from < today and _without_end(row) not in kept:
            yield Problem("/rows", f"row {n} of the version before has held, and must stay")
    for n, row in enumerate(rows):
        if row.valid_from < today and _without_end(row) not in held:
            yield Problem(f"/rows/{n}/valid_from", "the day has passed")
        if row not in before and row.valid_until and row.valid_until < today - timedelta(days=1):
            yield Problem(f"/rows/{n}/valid_until", "the day has passed")


def _without_end(row: TariffRow) -> TariffRow:
    return row.model_copy(update={"valid_until": None})


def _wrong_in_connection(content: str, around: Surroundings) -> Iterator[Problem]:
    wanted = adapter_in(content)
    try:
        next_adapter(around.adapters, wanted.adapter, wanted.valid_from, today=around.today)
    except Refused as refused:
        yield Problem("/valid_from", PROBLEMS[refused.code].title.en)


def _wrong_in_offices(proposal: Proposal, around: Surroundings) -> Iterator[Problem]:
    try:
        routing.check(
            routing.ending(around.routing, proposal.rule_id, proposal.valid_from)
            if proposal.content.get("ended")
            else routing.next_version(around.routing, proposal),
            around.routing,
            addresses=routing.addresses_in(around.form),
            ministries=around.bodies,
            today=around.today,
        )
    except Refused as refused:
        yield Problem("", refused.detail or PROBLEMS[refused.code].title.en)


_DAYS = TypeAdapter(tuple[CalendarDay, ...])


def _read_year(content: str) -> tuple[str, tuple[CalendarDay, ...]]:
    """Return the source and the days of a year.

    Raises:
        Wrong: it is no year.
    """
    try:
        year = json.loads(content)
        return year["source"], _DAYS.validate_python(year["days"])
    except ValidationError as failure:
        raise Wrong(problems_of(failure)) from None
    except (KeyError, TypeError):
        raise Wrong([Problem("", "a year has a `source` and `days`")]) from None


def _wrong_in_year(series: str, year: tuple[str, Sequence[CalendarDay]]) -> Iterator[Problem]:
    source, days = year
    if not (len(series) == len("2027") and series.isascii() and series.isdecimal()):
        yield Problem("", f"{series} is no year")
    if len(source.strip()) < len("x 1"):
        yield Problem("/source", "the order that lists the days is named")
    for n, calendar_day in enumerate(days):
        if f"{calendar_day.day:%Y}" != series:
            yield Problem(f"/days/{n}/day", f"it is not in {series}")
        if calendar_day.day in {other.day for other in days[:n]}:
            yield Problem(f"/days/{n}/day", "the day stands twice")
