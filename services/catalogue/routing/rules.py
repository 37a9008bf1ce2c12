"""Routing rules: of the reference, in versions, and which changes a new version may make."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from libs.bangladesh.geography import areas_by_code, is_area
from libs.contracts.bounds import MOST_ROUTING_RULES
from libs.contracts.catalogue import RoutingRule
from libs.errors import Refused
from libs.versions import holding, last_version, next_number, now_or_later

REFERENCE: Final = "reference"
"""Author of the versions that came with the reference."""

_FILE: Final = Path(__file__).parents[1] / "reference" / "routing.json"
_PLACE: Final = "{area}"
_BODY: Final = "{body}"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a rule of a public service, and who added it, when and why."""

    public_service_id: str
    rule: RoutingRule
    added_at: datetime
    added_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """The content that an operator wants for a rule from a day on; fields as in `RoutingRule`."""

    public_service_id: str
    rule_id: str
    valid_from: date
    content: Mapping[str, Any] = field(default_factory=dict)


def reference_rules() -> Iterator[tuple[str, RoutingRule]]:
    """Return the first versions of the reference's rules with their public services."""
    return rules_in(json.loads(_FILE.read_text(encoding="utf-8")))


def rules_in(content: Mapping[str, Any]) -> Iterator[tuple[str, RoutingRule]]:
    """Return the first versions of the rules in a file with their public services."""
    for group in content["groups"]:
        for public_service_id, address in group["addresses"].items():
            for row in group["rules"]:
                rule = {key: value for key, value in row.items() if key != "id"}
                yield (
                    public_service_id,
                    RoutingRule(
                        rule_id=row["id"],
                        version=1,
                        valid_from=date.fromisoformat(content["valid_from"]),
                        address=address,
                        **rule,
                    ),
                )


def next_version(versions: Sequence[RoutingRule], proposal: Proposal) -> RoutingRule:
    """Return the version of a rule that comes next.

    Args:
        versions: all versions of the rules of its public service.
        proposal: the rule.

    Raises:
        Refused: it is no rule.
    """
    return _rule(
        {
            **proposal.content,
            "rule_id": proposal.rule_id,
            "version": next_number(versions, proposal.rule_id),
            "valid_from": proposal.valid_from,
        }
    )


def ending(versions: Sequence[RoutingRule], rule_id: str, valid_from: date) -> RoutingRule:
    """Return the version by which a rule ends on a day.

    Raises:
        Refused: there is no such rule, it has ended, or the day is none that a rule can have.
    """
    last = last_version(versions, rule_id)
    if last is None or last.ended:
        raise Refused("routing_rule_unknown")
    fields = {"version": last.version + 1, "valid_from": valid_from, "ended": True}
    return _rule({**last.model_dump(), **fields})


def check(
    rule: RoutingRule,
    versions: Sequence[RoutingRule],
    *,
    addresses: Collection[str],
    ministries: Collection[str],
    today: date,
) -> None:
    """Check a new version of a rule.

    Args:
        rule: the new version.
        versions: all versions of the rules of its public service.
        addresses: the fields of the service's form that are addresses.
        ministries: the ids of all bodies.
        today: the day in Dhaka.

    Raises:
        Refused: its day has passed, it names something that does not exist, another rule says
            something about the same places then or later, or there are too many rules.
    """
    if rule.valid_from < today:
        raise Refused("routing_day_passed")
    current = now_or_later(versions, today)
    endings = (
        0
        if rule.ended
        else len({rule.rule_id, *(routing_rule.rule_id for routing_rule in current)})
    )
    if len(current) + 1 + endings > MOST_ROUTING_RULES:  # so that each rule can still be ended
        raise Refused("routing_rules_too_many")
    if rule.ended:
        return
    if wrong := _wrong_field(rule, addresses, ministries):
        raise Refused("routing_rule_wrong", wrong)
    others = [routing_rule for routing_rule in versions if routing_rule.rule_id != rule.rule_id]
    days = {max(rule.valid_from, routing_rule.valid_from) for routing_rule in others}
    if any(_are_alike(rule, other) for day in days for other in holding(others, day)):
        raise Refused("routing_rule_ambiguous")


def addresses_in(schema: Mapping[str, Any]) -> set[str]:
    """Return the fields of a form that are addresses."""
    fields: Mapping[str, Any] = schema.get("properties", {})
    return {
        name
        for name, schema_of_field in fields.items()
        if schema_of_field.get("$ref") == "#/$defs/address"
    }


def _rule(fields: Mapping[str, Any]) -> RoutingRule:
    """Return a rule with these fields.

    Raises:
        Refused: it is no rule.
    """
    try:
        return RoutingRule(**fields)
    except ValidationError as failure:
        wrong = ", ".join(str(error["loc"][0]) for error in failure.errors() if error["loc"])
        raise Refused("routing_rule_wrong", wrong) from None


def _wrong_field(
    rule: RoutingRule, addresses: Collection[str], ministries: Collection[str]
) -> str | None:
    if rule.match == "body":
        return _wrong_of_body(rule, ministries)
    if rule.address not in addresses:
        return "address: no address of the form"
    if rule.area is not None and not is_area(rule.area):
        return "area: no such code"
    if rule.wards and (rule.area is None or rule.area not in areas_by_code()):
        return "wards: only in an upazila or a city corporation"
    if rule.ministry is not None and rule.ministry not in ministries:
        return "ministry: no such body"
    if rule.adapter == "own":
        return "adapter: a ministry's own one is set for all that the ministry gets"
    has_place = _PLACE in rule.office_name.bn and _PLACE in rule.office_name.en
    if has_place != (rule.level is not None):
        return "office_name: {area} stands in it with a level, and only then"
    return None


def _wrong_of_body(rule: RoutingRule, ministries: Collection[str]) -> str | None:
    if rule.area or rule.wards or rule.level:
        return "match: a rule of a body has no area"
    if rule.ministry is not None and rule.ministry not in ministries:
        return "ministry: no such body"
    if rule.adapter != "desk":
        return "adapter: what goes by a body is worked on here"
    has_body = _BODY in rule.office_name.bn and _BODY in rule.office_name.en
    if has_body != (rule.ministry is None):
        return "office_name: {body} stands in it without a ministry, and only then"
    return None


def _are_alike(rule: RoutingRule, other: RoutingRule) -> bool:
    """Whether nothing says which of two rules decides; those of bodies go by their ids."""
    if rule.match == other.match == "body":
        return False
    same_wards = (
        bool(set(rule.wards) & set(other.wards))
        if rule.wards and other.wards
        else bool(rule.wards) == bool(other.wards)
    )
    places = (rule.role, rule.area, rule.level), (other.role, other.area, other.level)
    return places[0] == places[1] and same_wards
