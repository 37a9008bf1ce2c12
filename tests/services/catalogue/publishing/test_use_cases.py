"""What a public service is: written and proposed by one person, published by another one."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from libs.contracts.catalogue import ServiceView
from libs.contracts.publishing import HistoryEntry
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from services.catalogue.descriptions.use_cases import read_described
from services.catalogue.public_services.rules import FeeOverride
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.public_services.use_cases import (
    announce_changes,
    read_bodies,
    read_reference_services,
    read_services,
    set_fee,
)
from services.catalogue.publishing import use_cases
from services.catalogue.publishing.people import Person
from tests.services.catalogue.publishing.scenes import (
    MINISTRY,
    RAFIQ,
    SALMA,
    SERVICE,
    STRANGER,
    content,
    days,
    proposed,
    published,
)
from tests.services.catalogue.scenes import AT, announced, empty_outbox, loaded, with_service

TODAY = AT.date()


@pytest.fixture
async def catalogue(database: Database) -> Database:
    """The reference is loaded, and its events are published."""
    await loaded(database)
    await empty_outbox(database)
    return database


async def index_on(database: Database, day: date = TODAY) -> ServiceIndex:
    """Return the index of a day, as a refresh makes it."""
    async with database.transaction() as tx:
        return ServiceIndex(
            await read_services(tx, day),
            await read_bodies(tx),
            described=await read_described(tx),
            reference=await read_reference_services(tx),
        )


async def shown(database: Database, day: date = TODAY) -> ServiceView:
    """Return the service as people see it on a day."""
    return (await index_on(database, day)).view(SERVICE)


async def history(database: Database) -> list[HistoryEntry]:
    """Return what has changed, the newest first."""
    return (await index_on(database)).history(SERVICE).items


async def test_what_two_people_publish_is_shown_and_announced(catalogue: Database) -> None:
    """Each value with its source; programme counts it as online from then on."""
    assert (await shown(catalogue)).published is None
    version = await published(catalogue, content())
    assert (version.version, version.valid_from) == (2, TODAY)
    view = await shown(catalogue)
    assert view.name.en == "Birth registration"
    assert (view.service_deadline.days, view.service_deadline.claim.status) == (7, "sourced")
    assert [paper.name.en for paper in view.required_documents.items] == ["Vaccination card"]
    assert view.published is not None
    assert view.published.content.result.checked_by == "Deputy Secretary (Registration)"
    async with catalogue.transaction() as tx:
        (event,) = await announced(tx)
    assert (event.published, event.open, event.service_deadline_days) == (True, True, 7)
    assert event.required_documents_bn == ("টিকা কার্ড",)


async def test_nobody_publishes_what_she_proposed(catalogue: Database) -> None:
    """Also a publisher who is an editor."""
    both = Person(SALMA.staff_id, MINISTRY, publishes=True)
    act_id = await proposed(catalogue, content(), both)
    async with catalogue.transaction() as tx:
        with pytest.raises(Refused, match="second_person_needed"):
            await use_cases.approve(tx, act_id, both, AT, None)


async def test_what_people_say_about_a_proposal_is_recorded(catalogue: Database) -> None:
    """Who proposed and who rejected, and why; a repeat adds nothing."""
    act_id = await proposed(catalogue, content())
    async with catalogue.transaction() as tx:
        await use_cases.propose(tx, SERVICE, SALMA, AT, "the rules of 2018")
        await use_cases.reject(tx, act_id, RAFIQ, AT, "the order says 45 days")
        rows = await tx.fetch("SELECT actor, action, detail FROM audit_log ORDER BY entry_no")
    assert [tuple(row) for row in rows] == [
        (SALMA.actor, "write service", ""),
        (SALMA.actor, "propose service", "the rules of 2018"),
        (RAFIQ.actor, "reject service", "the order says 45 days"),
    ]


async def test_what_is_published_is_what_was_proposed(catalogue: Database) -> None:
    """A draft that was written again since has to be proposed again."""
    act_id = await proposed(catalogue, content())
    async with catalogue.transaction() as tx:
        await use_cases.save_draft(tx, SERVICE, content(days=days(3)), SALMA, AT)
    async with catalogue.transaction() as tx:
        with pytest.raises(Refused, match="publication_changed"):
            await use_cases.approve(tx, act_id, RAFIQ, AT, None)


async def test_a_version_holds_from_its_day_on(catalogue: Database) -> None:
    """Before, the one before is shown, and nothing is announced; on the day it is."""
    first = TODAY + timedelta(days=3)
    await published(catalogue, content(), valid_from=first)
    assert (await shown(catalogue)).published is None
    async with catalogue.transaction() as tx:
        assert await announced(tx) == []
    view = await shown(catalogue, first)
    assert (view.published and view.published.version, view.service_deadline.days) == (2, 7)
    async with catalogue.transaction() as tx:
        assert await announce_changes(tx, AT + timedelta(days=3)) == 1
        (event,) = await announced(tx)
    assert event.published


async def test_a_day_that_has_passed_is_refused(catalogue: Database) -> None:
    """And the proposal still waits."""
    act_id = await proposed(catalogue, content())
    async with catalogue.transaction() as tx:
        with pytest.raises(Refused, match="publication_day_passed"):
            await use_cases.approve(tx, act_id, RAFIQ, AT, TODAY - timedelta(days=1))
    async with catalogue.transaction() as tx:
        (found,) = [
            one
            for one in await use_cases.list_services(tx, RAFIQ, AT)
            if one.service.public_service_id == SERVICE
        ]
    assert [act.act_id for act in found.waiting] == [act_id]


async def test_a_release_changes_nothing_that_people_published(catalogue: Database) -> None:
    """Also where the reference says something else about the same value by then."""
    await published(catalogue, content())
    await loaded(catalogue, with_service(SERVICE, days=99, name_en="Another name"), after_s=60)
    view = await shown(catalogue)
    assert (view.name.en, view.service_deadline.days) == ("Birth registration", 7)


async def test_one_person_closes_a_service_until_two_publish(catalogue: Database) -> None:
    """At once; a version of before does not open it again, one of afterwards does."""
    await published(catalogue, content())
    coming = TODAY + timedelta(days=1)
    await published(catalogue, content(days=days(5)), valid_from=coming)
    at = AT + timedelta(minutes=5)
    async with catalogue.transaction() as tx:
        await use_cases.stop(tx, SERVICE, "closed", SALMA, at, "the register is rebuilt")
        event = (await announced(tx))[-1]
    assert (event.open, event.published) == (False, True)
    assert not (await shown(catalogue)).open
    assert not (await shown(catalogue, coming)).open
    await published(catalogue, content(), at=AT + timedelta(minutes=9))
    assert (await shown(catalogue)).open


async def test_one_person_sends_people_to_the_office_for_the_fee(catalogue: Database) -> None:
    """No amount is said any more, also none that an operator has set; a repeat does nothing."""
    async with catalogue.transaction() as tx:
        await set_fee(tx, SERVICE, FeeOverride(75, None, "gazette"), by="karim", at=AT)
    assert (await shown(catalogue)).fee.amount_bdt == 75
    async with catalogue.transaction() as tx:
        for _ in range(2):
            await use_cases.stop(tx, SERVICE, "ask_office", RAFIQ, AT, "a wrong amount")
        event = (await announced(tx))[-1]
    assert (event.fee_bdt, event.fee_status, event.fee_cases) == (None, "unknown", ())
    assert (await shown(catalogue)).fee.claim.status == "unknown"
    assert [entry.kind for entry in await history(catalogue)] == ["ask_office", "reference"]


async def test_the_history_says_in_words_what_changed(catalogue: Database) -> None:
    """The newest first, down to the reference, which nobody published."""
    await published(catalogue, content())
    await published(catalogue, content(days=days(1)), at=AT + timedelta(minutes=5))
    newest, second, first = await history(catalogue)
    (change,) = newest.changes
    assert change.before
    assert change.after
    assert (change.field, change.before.en, change.after.en) == (
        "days",
        "7 working days",
        "1 working day",
    )
    assert change.after.bn == "১ কর্মদিবস"
    assert (second.version, second.reason) == (2, "the rules of 2018")
    assert "result" in {change.field for change in second.changes}
    assert (first.kind, first.version) == ("reference", 1)


def _without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda value: value.pop(name)


@pytest.mark.parametrize(
    ("field", "change", "place", "wrong"),
    [
        ("result", _without("source"), "/result/source", "missing"),
        ("days", lambda value: value.update(days=0), "/days/days", "no_number"),
        ("days", lambda value: value.update(days="seven"), "/days/days", "no_number"),
        ("name", lambda value: value["text"].update(bn=" "), "/name/text/bn", "missing"),
        ("name", lambda value: value.update(checked_on="soon"), "/name/checked_on", "no_day"),
        (
            "name",
            lambda value: value.update(checked_on="2027-01-01"),
            "/name/checked_on",
            "day_ahead",
        ),
        ("name", lambda value: value.update(source="x" * 501), "/name/source", "too_long"),
        (
            "papers",
            lambda value: value["papers"].append({"bn": "ছবি", "en": ""}),
            "/papers/papers/1/en",
            "missing",
        ),
        ("name", lambda value: value.update(colour="red"), "/name/colour", "other"),
    ],
)
async def test_a_draft_says_what_is_wrong(
    catalogue: Database, field: str, change: Callable[[dict[str, Any]], Any], place: str, wrong: str
) -> None:
    """It is kept, and cannot be proposed."""
    wanted = content()
    change(wanted[field])
    async with catalogue.transaction() as tx:
        problems = await use_cases.save_draft(tx, SERVICE, wanted, SALMA, AT)
        assert [(problem.place, problem.wrong) for problem in problems] == [(place, wrong)]
        with pytest.raises(Refused, match="publication_wrong"):
            await use_cases.propose(tx, SERVICE, SALMA, AT, "the rules of 2018")
        found = await use_cases.read_service(tx, SERVICE, SALMA, AT)
    assert found.draft is not None


async def test_a_time_that_nobody_published_is_said_to_be_unknown(catalogue: Database) -> None:
    """Days may be left out; nothing is promised then."""
    await published(catalogue, content(days=None))
    assert (await shown(catalogue)).service_deadline.claim.status == "unknown"


async def test_an_editor_has_the_services_of_the_own_ministry(catalogue: Database) -> None:
    """Another one's cannot be seen, written, proposed, stopped or rejected."""
    act_id = await proposed(catalogue, content())
    async with catalogue.transaction() as tx:
        assert {one.service.body for one in await use_cases.list_services(tx, STRANGER, AT)} == {
            "minland"
        }
        for refused in (
            use_cases.read_service(tx, SERVICE, STRANGER, AT),
            use_cases.save_draft(tx, SERVICE, content(), STRANGER, AT),
            use_cases.propose(tx, SERVICE, STRANGER, AT, "the rules of 2018"),
            use_cases.stop(tx, SERVICE, "closed", STRANGER, AT, "no reason"),
            use_cases.reject(tx, act_id, STRANGER, AT, "no reason"),
        ):
            with pytest.raises(Refused, match="service_of_other_ministry"):
                await refused


async def test_a_publisher_does_not_write(catalogue: Database) -> None:
    """Whoever approves does not propose what is approved."""
    async with catalogue.transaction() as tx:
        with pytest.raises(Refused, match="service_of_other_ministry"):
            await use_cases.save_draft(tx, SERVICE, content(), RAFIQ, AT)


async def test_acts_about_something_else_are_not_published_here(catalogue: Database) -> None:
    """A proposal of a workflow has another subject."""
    async with catalogue.transaction() as tx:
        with pytest.raises(Refused, match="not_found"):
            await use_cases.approve(tx, new_id(), RAFIQ, AT, None)
