"""Reads the reference data from the files of reference/."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from libs.bangladesh.bodies import Body, bodies
from libs.bangladesh.geography import Postcode, postcodes
from libs.contracts.catalogue import (
    Area,
    DocumentKindView,
    FeeCase,
    Helpline,
    LifeEvent,
    RequiredDocument,
    RoutingRule,
)
from libs.contracts.language import Text
from services.catalogue.areas.rules import reference_areas
from services.catalogue.public_services.rules import PublicService, parse_reference
from services.catalogue.routing.rules import reference_rules, rules_in

_FOLDER: Final = Path(__file__).parents[1] / "reference"
_GRIEVANCE: Final = "grievance.json"


@dataclass(frozen=True, slots=True)
class Reference:
    """All reference data."""

    services: Sequence[PublicService]
    bodies: Sequence[Body]
    areas: Sequence[Area]
    postcodes: Sequence[Postcode]
    routing: Sequence[tuple[str, RoutingRule]]


def read_reference(*, grievances: bool = False) -> Reference:
    """Return the reference: 81 services, 67 bodies, 5,105 areas, 1,343 post offices, and rules.

    Args:
        grievances: also the service that takes grievances, which is none of the 81.
    """
    services = [
        replace(with_fee_cases(service), open=service.public_service_id not in elsewhere())
        for service in parse_reference(_rows("services.json"))
    ]
    routing = list(reference_rules())
    if grievances:
        services += parse_reference(_rows(_GRIEVANCE))
        routing += rules_in(_read(_GRIEVANCE)["routing"])
    return Reference(services, bodies(), reference_areas(), postcodes(), routing)


@cache
def category_names() -> dict[str, Text]:
    """Return the name of every category by id, ordered by id."""
    return {
        row["id"]: Text(bn=row["name_bn"], en=row["name_en"]) for row in _rows("categories.json")
    }


@cache
def life_events() -> dict[str, LifeEvent]:
    """Return the life events by id, in the order in which a list shows them."""
    return {
        row["id"]: LifeEvent(
            life_event=row["id"],
            kind=row["kind"],
            name=Text(bn=row["name_bn"], en=row["name_en"]),
            public_services=row["public_services"],
        )
        for row in _rows("life_events.json")
    }


@cache
def elsewhere() -> dict[str, Text]:
    """Return where services are done that cannot be done here, by public service."""
    return {
        row["public_service"]: Text(bn=row["bn"], en=row["en"]) for row in _rows("elsewhere.json")
    }


class FeeCases(NamedTuple):
    """The cases on which the fee of a public service depends; the day `decided_by` chooses one."""

    cases: tuple[FeeCase, ...]
    decided_by: Text | None


@cache
def fee_cases() -> dict[str, FeeCases]:
    """Return the cases of published fees, by public service."""
    return {
        row["public_service"]: FeeCases(
            tuple(FeeCase.model_validate(case) for case in row["cases"]),
            Text(**row["decided_by"]) if "decided_by" in row else None,
        )
        for row in _rows("fee_cases.json")
    }


def with_fee_cases(service: PublicService) -> PublicService:
    """Return a service of the reference with the cases of its fee."""
    fee = fee_cases().get(service.public_service_id)
    if fee is None:
        return service
    return replace(service, fee_cases=fee.cases, fee_decided_by=fee.decided_by)


@cache
def helplines() -> dict[str, Helpline]:
    """Return the helplines of the state by number."""
    return {
        row["number"]: Helpline(
            number=row["number"],
            name=Text(bn=row["name_bn"], en=row["name_en"]),
            purpose=Text(bn=row["purpose_bn"], en=row["purpose_en"]),
            source=row["source"],
        )
        for row in _rows("helplines.json")
    }


def said_to_helplines() -> dict[str, list[str]]:
    """Return the words with which people ask for a helpline, by its number."""
    return {row["number"]: row["said"] for row in _rows("helplines.json")}


@cache
def document_kinds() -> tuple[DocumentKindView, ...]:
    """Return all kinds of papers."""
    return tuple(DocumentKindView.model_validate(row) for row in _rows("document_kinds.json"))


@cache
def required_documents() -> dict[str, RequiredDocument]:
    """Return the papers that services ask for, by their names in Bangla."""
    return {
        row["name_bn"]: RequiredDocument(
            name=Text(bn=row["name_bn"], en=row["name_en"]), kinds=row["kinds"]
        )
        for row in _rows("required_documents.json")
    }


def _rows(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = _read(name)["rows"]
    return rows


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return content
