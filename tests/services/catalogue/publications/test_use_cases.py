"""Drafts are written, checked, tried, proposed by one person and published by another."""

import json
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.catalogue import CalendarChanged, TariffChanged, WorkflowPublished
from libs.database.pool import Database
from libs.errors import Refused
from libs.grievances import is_listed
from libs.ids import new_id
from libs.workflows.model import Workflow
from libs.workflows.parsing import parse_workflow
from libs.workflows.tariffs import TariffRow
from services.catalogue.publications import use_cases
from services.catalogue.publications.kinds import event_of
from services.catalogue.publications.reference import reference_publications
from services.catalogue.publications.rules import Kind, Publication
from services.catalogue.routing_changes.use_cases import read_connections, read_rules
from services.catalogue.workflows.reference import reference_tariffs, reference_workflows
from tests.services.catalogue.publications.scenes import (
    FOLDER,
    LATER,
    YEAR,
    announced,
    dearer_licence,
    next_mutation,
    published,
)
from tests.services.catalogue.scenes import AT, empty_outbox

SALMA, RAFIQ = new_id(), new_id()


async def save(
    database: Database, content: dict[str, Any], kind: Kind = "workflow", series: str = "S025"
) -> list[str]:
    """Write a draft; return the places of its problems."""
    async with database.transaction() as tx:
        problems = await use_cases.save_draft(tx, kind, series, content, "staff:salma", AT)
    return [problem.place for problem in problems]


async def propose(
    database: Database, kind: Kind = "workflow", series: str = "S025", by: UUID = SALMA
) -> UUID:
    """Propose the draft."""
    async with database.transaction() as tx:
        return (await use_cases.propose(tx, kind, series, by, AT, "an order")).act_id


async def publish(database: Database, act_id: UUID, by: UUID = RAFIQ, at: Any = AT) -> Publication:
    """Publish what was proposed."""
    async with database.transaction() as tx:
        return await use_cases.approve(tx, act_id, by, at)


async def test_the_reference_is_published_once(database: Database) -> None:
    """14 workflows, 16 tariffs and the gazetted year, each as its reader reads it."""
    assert await published(database) == 31
    events = await announced(database)
    kinds = Counter(type(event) for event in events)
    assert (kinds[WorkflowPublished], kinds[CalendarChanged]) == (14, 1)
    workflows: list[Workflow] = []
    rows: list[TariffRow] = []
    for event in events:
        if isinstance(event, WorkflowPublished):
            workflows.append(parse_workflow(json.dumps(event.content)))
        if isinstance(event, TariffChanged):
            rows += [TariffRow.model_validate_json(json.dumps(row)) for row in event.rows]
    assert {workflow.key: workflow for workflow in workflows} == {
        workflow.key: workflow for workflow in reference_workflows() if is_listed(workflow.workflow)
    }
    assert sorted(row.source for row in rows) == sorted(
        row.source for row in reference_tariffs().rows
    )
    await empty_outbox(database)
    assert await published(database) == 0
    async with database.transaction() as tx:
        assert await use_cases.announce_all(tx) == 31


async def test_a_draft_is_published_by_a_second_person_from_its_day_on(database: Database) -> None:
    """The version is announced, and its draft is gone; who did what stays."""
    await published(database)
    await empty_outbox(database)
    assert await save(database, next_mutation()) == []
    act_id = await propose(database)
    assert await propose(database) == act_id
    with pytest.raises(Refused, match="second_person_needed"):
        await publish(database, act_id, SALMA)
    publication = await publish(database, act_id)
    assert (publication.version, str(publication.valid_from)) == (2, "2026-11-26")
    assert (publication.proposed_by, publication.published_by) == (
        f"staff:{SALMA}",
        f"staff:{RAFIQ}",
    )
    (event,) = await announced(database)
    assert isinstance(event, WorkflowPublished)
    assert event.workflow_version == "S025@2"
    async with database.transaction() as tx:
        found = await use_cases.read_series(tx, "workflow", "S025", AT)
        rows = await tx.fetch("SELECT actor, action FROM audit_log ORDER BY entry_no")
    assert ([version.version for version in found.versions], found.draft) == ([1, 2], None)
    assert [tuple(row) for row in rows] == [
        ("staff:salma", "write workflow"),
        (f"staff:{SALMA}", "propose workflow"),
        (f"staff:{RAFIQ}", "publish workflow"),
    ]
    with pytest.raises(Refused, match="not_found"):  # its draft is gone
        await publish(database, act_id, new_id())


async def test_what_is_published_is_what_was_proposed(database: Database) -> None:
    """A draft that was written again has to be proposed again."""
    await published(database)
    await save(database, next_mutation())
    act_id = await propose(database)
    await save(database, next_mutation(note="changed"))
    with pytest.raises(Refused, match="publication_changed"):
        await publish(database, act_id)
    await publish(database, await propose(database))


async def test_a_draft_with_problems_is_kept_and_not_proposed(database: Database) -> None:
    """It is written step by step; its problems have places."""
    await published(database)
    assert await save(database, {"workflow": "S025"}) != []
    with pytest.raises(Refused, match="publication_wrong"):
        await propose(database)
    assert await save(database, next_mutation(version=3)) == ["/version"]
    assert await save(database, next_mutation(valid_from="2026-11-24")) == ["/valid_from"]
    assert await save(database, next_mutation(workflow="S024")) != []
    with pytest.raises(Refused, match="not_found"):
        await propose(database, series="S024")
    with pytest.raises(Refused, match="public_service_not_found"):
        await save(database, {}, series="S999")


async def test_a_day_that_passes_before_the_second_person_comes_is_refused(
    database: Database,
) -> None:
    """What was handled meanwhile stays as it was."""
    await published(database)
    await save(database, next_mutation())
    act_id = await propose(database)
    with pytest.raises(Refused, match="publication_wrong"):
        await publish(database, act_id, at=LATER)


async def test_a_proposal_can_be_rejected_and_is_about_a_publication(database: Database) -> None:
    """Not published then."""
    await published(database)
    await save(database, next_mutation())
    act_id = await propose(database)
    async with database.transaction() as tx:
        await use_cases.reject(tx, act_id, RAFIQ, AT, "not yet")
    with pytest.raises(Refused, match="rejected_before"):
        await publish(database, act_id)
    with pytest.raises(Refused, match="not_found"):
        async with database.transaction() as tx:
            await use_cases.reject(tx, new_id(), RAFIQ, AT, "x")
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT action, detail FROM audit_log ORDER BY entry_no DESC LIMIT 1")
    assert [tuple(row) for row in rows] == [("reject workflow", "not yet")]


async def test_a_tariff_changes_ahead_and_its_past_stays(database: Database) -> None:
    """A row that has held may only end, and a new one begins today or later."""
    await published(database)
    await empty_outbox(database)
    tariff: Any = ("tariff", "trade_signboard")
    content = dearer_licence()
    assert await save(database, content, *tariff) == []
    await publish(database, await propose(database, *tariff))
    (event,) = await announced(database)
    assert isinstance(event, TariffChanged)
    assert [row["amount_bdt"] for row in event.rows] == [30, 40]
    assert await save(database, {**content, "rows": content["rows"][1:]}, *tariff) == ["/rows"]
    cheaper = [{**content["rows"][0], "amount_bdt": 10}, content["rows"][1]]
    assert await save(database, {**content, "rows": cheaper}, *tariff) == [
        "/rows",
        "/rows/0/valid_from",
    ]
    ended = [{**content["rows"][0], "valid_until": "2026-11-20"}, content["rows"][1]]
    assert await save(database, {**content, "rows": ended}, *tariff) == ["/rows/0/valid_until"]
    other = [{**row, "item": "trade_licence"} for row in content["rows"]]
    assert "/rows/0" in await save(database, {**content, "rows": other}, *tariff)
    assert await save(database, {**content, "rows": []}, *tariff) != []


async def test_a_year_is_published_with_its_source(database: Database) -> None:
    """A day of another year, a day twice and a list without an order are refused."""
    await published(database)
    await empty_outbox(database)
    year: Any = ("year", "2027")
    assert await save(database, YEAR, *year) == []
    await publish(database, await propose(database, *year))
    (event,) = await announced(database)
    assert isinstance(event, CalendarChanged)
    assert (event.year, str(event.days[0].day), event.days[0].working) == (
        "2027",
        "2027-03-26",
        False,
    )
    (day,) = YEAR["days"]
    assert await save(database, {**YEAR, "days": [day, day]}, *year) == ["/days/1/day"]
    assert await save(database, YEAR, "year", "2028") == ["/days/0/day"]
    assert await save(database, {**YEAR, "source": " "}, *year) == ["/source"]
    assert await save(database, {"days": []}, *year) == [""]
    assert await save(database, {**YEAR, "days": []}, "year", "moon") == [""]


async def test_a_version_that_comes_again_after_a_restore_is_another_event(
    database: Database,
) -> None:
    """Or readers would go on with the content that the database has lost."""
    await published(database)
    await save(database, YEAR, "year", "2027")
    lost = await publish(database, await propose(database, "year", "2027"))
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM publications WHERE series = '2027'")
    await save(database, {**YEAR, "source": "another order"}, "year", "2027")
    again = await publish(database, await propose(database, "year", "2027"), at=LATER)
    assert lost.version == again.version
    assert event_of(lost).event_id == event_of(lost).event_id != event_of(again).event_id


async def test_a_sample_goes_through_a_draft(database: Database) -> None:
    """With the tariffs of today; nothing is stored."""
    await published(database)
    await save(database, next_mutation())
    async with database.transaction() as tx:
        stations = await use_cases.try_draft(tx, "S025", {}, ["pay", "act accept"], AT)
    assert [station.step for station in stations] == ["pay_application", "accept", "report"]
    with pytest.raises(Refused, match="action_unknown"):
        async with database.transaction() as tx:
            await use_cases.try_draft(tx, "S025", {}, ["act fly"], AT)


def test_every_publication_of_the_reference_can_be_published() -> None:
    """Its event is within the limits of its topic."""
    for publication in reference_publications(AT):
        assert len(publication.content.encode()) < 64 * 1024


DESK = {"adapter": "desk", "valid_from": "2026-11-26"}
SECRETARY = {
    "rule_id": "secretary",
    "valid_from": "2026-11-26",
    "address": "permanent_address",
    "office_kind": "union",
    "office_id": "union",
    "office_name": {"bn": "{area} ইউনিয়ন পরিষদ", "en": "{area} Union Parishad"},
    "level": "union",
    "role": "secretary",
}


async def test_two_people_connect_a_service_and_set_the_office_of_a_duty(
    database: Database,
) -> None:
    """From a day on; both are announced with the service, with what was there before."""
    await published(database)
    assert await save(database, DESK, "connection", "S005") == []
    with pytest.raises(Refused, match="second_person_needed"):
        await publish(database, await propose(database, "connection", "S005"), by=SALMA)
    await publish(database, await propose(database, "connection", "S005"))
    assert await save(database, SECRETARY, "offices", "S005") == []
    await publish(database, await propose(database, "offices", "S005"))
    async with database.transaction() as tx:
        found = await read_connections(tx, AT)
        history = await read_rules(tx, "S005")
    one = next(each for each in found if each.service.public_service_id == "S005")
    assert [(each.adapter, str(each.valid_from)) for each in one.adapters] == [
        ("desk", "2026-11-26")
    ]
    assert [rule.valid_from.isoformat() for rule in one.rules if rule.rule_id == "secretary"][
        -1:
    ] == ["2026-11-26"]
    newest = [each for each in history if each.rule.rule_id == "secretary"][-1]
    assert (newest.added_by, newest.reason) == (f"staff:{RAFIQ}", "an order")
    end = {"rule_id": "secretary", "valid_from": "2026-11-27", "ended": True}
    assert await save(database, end, "offices", "S005") == []
    await publish(database, await propose(database, "offices", "S005"))
    async with database.transaction() as tx:
        history = await read_rules(tx, "S005")
        assert [each.rule.ended for each in history if each.rule.rule_id == "secretary"][-1]
        assert await use_cases.announce_all(tx) == 31


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("connection", {**DESK, "adapter": "post"}),
        ("connection", {**DESK, "valid_from": "2026-11-24"}),
        ("connection", {}),
        ("offices", {**SECRETARY, "valid_from": "2026-11-24"}),
        ("offices", {**SECRETARY, "address": "moon"}),
        ("offices", {**SECRETARY, "office_kind": "castle"}),
        ("offices", {**SECRETARY, "ministry": "nobody"}),
        ("offices", {**SECRETARY, "wards": "all"}),
        ("offices", {"rule_id": "nobody", "valid_from": "2026-11-26", "ended": True}),
        ("offices", {"valid_from": "tomorrow"}),
        ("offices", {"rule_id": 7, "valid_from": None}),
    ],
)
async def test_a_wrong_connection_or_office_is_not_proposed(
    database: Database, kind: Kind, content: dict[str, Any]
) -> None:
    """The draft says what is wrong."""
    await published(database)
    assert await save(database, content, kind, "S005") != []
    with pytest.raises(Refused, match="publication_wrong"):
        await propose(database, kind, "S005")


async def test_a_workflow_has_the_published_days_of_its_service(database: Database) -> None:
    """Its clock and the service's deadline are one value; without a source it says its own."""
    await published(database)
    first = json.loads((FOLDER / "S005.json").read_text(encoding="utf-8"))
    second = {**first, "version": 2, "valid_from": "2026-11-26"}
    assert await save(database, second, series="S005") == ["/clock"]
    one_day = {**first["clock"], "days": 1}
    assert await save(database, {**second, "clock": one_day}, series="S005") == []
    assert await save(database, next_mutation()) == []
