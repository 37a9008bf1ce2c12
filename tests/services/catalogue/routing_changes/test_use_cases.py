"""Routing rules: loaded, set, ended, announced."""

from datetime import date, timedelta
from typing import Any

import pytest

from libs.contracts.bounds import MOST_ROUTING_RULES
from libs.contracts.catalogue import RoutingRule
from libs.database.pool import Database
from libs.errors import Refused
from libs.versions import now_or_later
from services.catalogue.public_services.use_cases import set_ministry_adapter
from services.catalogue.routing.rules import (
    Proposal,
    Version,
    check,
    ending,
    reference_rules,
)
from services.catalogue.routing_changes import use_cases
from tests.services.catalogue.routing_changes.scenes import TODAY, ZONE, routing_of
from tests.services.catalogue.scenes import AT, empty_outbox, loaded

AREAS = ("20151600", "30262500")


async def set_rule(
    database: Database, rule_id: str = "zone-9", *, on: date = TODAY, **fields: Any
) -> Version:
    """Set a rule of the trade licence, as rahima."""
    proposal = Proposal("S010", rule_id, on, {**ZONE, **fields})
    async with database.transaction() as tx:
        return await use_cases.set_rule(tx, proposal, reason="gazette", by="rahima", at=AT)


def test_the_reference_has_rules_for_the_offices_that_charters_name() -> None:
    """Each names an address of its form; a rule by level names its area."""
    rules = list(reference_rules())
    kinds = {rule.office_kind for _, rule in rules}
    assert kinds >= {
        "city_corporation_zone", "municipality", "union", "police_station", "land_office",
        "passport_office",
    }  # fmt: skip
    assert all(("{area}" in rule.office_name.bn) == (rule.level is not None) for _, rule in rules)


async def test_a_service_is_announced_with_its_rules(database: Database) -> None:
    """With every version that holds now or later."""
    await loaded(database)
    assert {rule.rule_id for rule in await routing_of(database, "S020")} == {"passport"}
    await empty_outbox(database)
    tomorrow = TODAY + timedelta(days=1)
    first = await set_rule(database)
    second = await set_rule(database, on=tomorrow, office_id="zone-10")
    assert (first.rule.version, second.rule.version) == (1, 2)
    of_zone = [rule for rule in await routing_of(database) if rule.rule_id == "zone-9"]
    assert [(rule.version, rule.valid_from) for rule in of_zone] == [(1, TODAY), (2, tomorrow)]


async def test_an_ended_rule_stays_in_the_history(database: Database) -> None:
    """With who ended it, when and why; a second load does not bring it back."""
    await loaded(database)
    async with database.transaction() as tx:
        proposal = Proposal("S020", "passport", TODAY)
        await use_cases.end_rule(tx, proposal, reason="moved", by="karim", at=AT)
    assert [rule.ended for rule in await routing_of(database, "S020")] == [False, True]
    await loaded(database, after_s=60)
    async with database.transaction() as tx:
        all_versions = await use_cases.read_rules(tx, "S020")
        audited = await tx.fetchval(
            "SELECT detail FROM audit_log WHERE action = 'end routing passport'"
        )
    versions = [version for version in all_versions if version.rule.role is None]
    assert [(version.rule.ended, version.added_by, version.reason) for version in versions] == [
        (False, "reference", ""),
        (True, "karim", "moved"),
    ]
    assert audited == f"version 1 → version 2 from {TODAY}"
    with pytest.raises(Refused, match="routing_rule_unknown"):
        async with database.transaction() as tx:
            await use_cases.end_rule(tx, proposal, reason="again", by="karim", at=AT)


async def test_a_rule_of_another_ministry_has_its_adapter(database: Database) -> None:
    """What hands its submissions over is announced with the rule."""
    await loaded(database)
    async with database.transaction() as tx:
        await set_ministry_adapter(tx, "minland", "own", by="rahima", at=AT)
    await set_rule(database, ministry="minland")
    (rule,) = [routing_rule for routing_rule in await routing_of(database) if routing_rule.ministry]
    assert rule.ministry_adapter == "own"


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("routing_rule_wrong", {"address": "business_name"}),
        ("routing_rule_wrong", {"area": "999999"}),
        ("routing_rule_wrong", {"area": "20"}),
        ("routing_rule_wrong", {"ministry": "nobody"}),
        ("routing_rule_wrong", {"level": "district"}),
        ("routing_rule_wrong", {"office_name": {"bn": "{area}", "en": "{area}"}}),
        ("routing_rule_wrong", {"office_id": "Zone 9"}),
        ("routing_rule_wrong", {"wards": (100,)}),
        ("routing_day_passed", {"on": TODAY - timedelta(days=1)}),
        ("routing_rule_ambiguous", {"rule_id": "another", "wards": (2, 3)}),
    ],
)
async def test_a_rule_that_cannot_be_used_is_refused(
    database: Database, code: str, fields: dict[str, Any]
) -> None:
    """Nothing is stored of it."""
    await loaded(database)
    await set_rule(database)
    with pytest.raises(Refused, match=code):
        await set_rule(database, **fields)
    async with database.transaction() as tx:
        versions = await use_cases.read_rules(tx, "S010")
    assert [version.rule.rule_id for version in versions].count("zone-9") == 1


async def test_a_rule_that_another_one_would_meet_later_is_refused(database: Database) -> None:
    """That one was set first, for a later day: from then on nothing would tell the two apart."""
    await loaded(database)
    await set_rule(database, "zone-10", on=TODAY + timedelta(days=90))
    with pytest.raises(Refused, match="routing_rule_ambiguous"):
        await set_rule(database, "zone-9")
    await set_rule(database, "zone-11", wards=(3,))


def test_every_rule_can_be_ended_however_many_there_are() -> None:
    """A new rule is refused where there would be no room for an end."""
    known: list[RoutingRule] = []

    def add(rule: RoutingRule) -> None:
        check(rule, known, addresses={"premises"}, ministries=set(), today=TODAY)
        known.append(rule)

    def zone(number: int) -> RoutingRule:
        fields = {**ZONE, "wards": (number % 99 + 1,), "area": AREAS[number // 99]}
        return RoutingRule(rule_id=f"zone-{number}", version=1, valid_from=TODAY, **fields)

    for number in range(MOST_ROUTING_RULES // 2):
        add(zone(number))
    with pytest.raises(Refused, match="routing_rules_too_many"):
        add(zone(len(known)))
    for rule_id in [routing_rule.rule_id for routing_rule in known]:
        add(ending(known, rule_id, TODAY + timedelta(days=1)))
    assert len(now_or_later(known, TODAY)) == MOST_ROUTING_RULES
