import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.applications import CorrectApplication, SubmitApplication
from libs.contracts.catalogue import MinistryAdapter, RoutingRule, ServiceAdapter
from libs.contracts.language import Text
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.web.handling.idempotency import IdempotentRequest, fingerprint_of
from services.applications.lifecycle.rules import apply
from services.applications.lifecycle.use_cases import lock_applications, save, withdraw
from services.applications.onboarding.use_cases import hand_over_waiting
from services.applications.public_services.cache import PublicServiceCache
from services.applications.public_services.consumers import router
from services.applications.public_services.use_cases import refresh_cache
from services.applications.submissions.use_cases import correct, prepare, submit_batch
from tests.consuming import consuming
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.scenes import (
    NOW,
    RAHIMA,
    TRACE,
    correction_asked,
    mandate_evidence,
    outbox_events,
    papers,
    service_changed,
    submission_body,
)

SUBMISSIONS = ("submissions.hosted.v1", "submissions.lgd.v1")


class Office:
    """Applications with the catalogue's copy, where an operator changes the adapter."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.services = PublicServiceCache()
        self.at = NOW

    async def connect(self, adapter: MinistryAdapter, service: str = "S001", **more: Any) -> None:
        """Store the catalogue's announcement that this adapter serves the ministry now."""
        self.at += timedelta(seconds=1)
        event = service_changed(service, ministry_adapter=adapter, occurred_at=self.at, **more)
        async with self.database.transaction() as tx, consuming(router, tx) as consume:
            await consume(event)
        async with self.database.transaction() as tx:
            await refresh_cache(tx, self.services)

    async def submit(self) -> str:
        """Apply; return the tracking number."""
        request = IdempotentRequest(
            RAHIMA, str(new_id()), fingerprint_of("POST", "/v1/applications", b"{}")
        )
        body = SubmitApplication(**submission_body())
        one = prepare(
            request,
            body,
            self.services,
            papers().receipts,
            at=self.at,
            mandate=mandate_evidence(),
        )
        async with self.database.transaction() as tx:
            await submit_batch(tx, [one])
        return one.new.application.tracking_number

    async def hand_over(self, limit: int = 10) -> int:
        """Hand over what waits for a ministry that is connected now."""
        async with self.database.transaction() as tx:
            return await hand_over_waiting(tx, self.services, at=self.at, limit=limit)

    async def submissions(self) -> list[dict[str, Any]]:
        """What ministries were sent, in order."""
        async with self.database.transaction() as tx:
            return [
                outbox_event
                for outbox_event in await outbox_events(tx)
                if outbox_event["topic"] in SUBMISSIONS
            ]


async def test_a_submission_names_the_one_adapter_that_hands_it_over(database: Database) -> None:
    """It also says who acts for whom, where, and by which version of the form."""
    office = Office(database)
    for adapter in ("hosted", "own"):
        await office.connect(adapter)
        await office.submit()
    hosted, own = [submission["value"] for submission in await office.submissions()]
    assert (hosted["served_by"], own["served_by"]) == ("hosted", "own")
    assert [submission["topic"] for submission in await office.submissions()] == list(SUBMISSIONS)
    for value in (hosted, own):
        assert value["applicant_id"] == str(RAHIMA)
        assert value["actor_id"] == value["mandate"]["uddokta_id"]
        assert (value["service_centre_id"], value["form_version"]) == ("uttara", 1)


async def test_all_submissions_of_an_application_have_one_adapter(database: Database) -> None:
    """A correction and a withdrawal go where the application went, whoever serves now."""
    office = Office(database)
    await office.connect("hosted")
    number = await office.submit()
    await office.connect("own")
    async with database.transaction() as tx:
        await ask_for_correction(tx)
        await correct(
            tx,
            office.services,
            RAHIMA,
            number,
            CorrectApplication(form=right_answers("S001")),
            {},
            at=office.at,
        )
        await withdraw(tx, RAHIMA, number, at=office.at)
    sent = await office.submissions()
    assert [each["type"] for each in sent] == [
        "submission_made",
        "submission_corrected",
        "submission_withdrawn",
    ]
    assert {each["value"]["served_by"] for each in sent} == {"hosted"}
    assert {each["value"]["service_centre_id"] for each in sent} == {"uttara"}


async def test_an_application_waits_until_its_ministry_is_connected(database: Database) -> None:
    """The citizen has a tracking number; the ministry is sent nothing until then, and then once."""
    office = Office(database)
    await office.connect("none_yet")
    numbers = [await office.submit() for _ in range(3)]
    assert await office.hand_over() == 0
    assert await office.submissions() == []
    await office.connect("own")
    assert [await office.hand_over(limit=2) for _ in range(3)] == [2, 1, 0]
    sent = await office.submissions()
    assert [each["value"]["tracking_number"] for each in sent] == numbers
    assert {each["value"]["served_by"] for each in sent} == {"own"}
    assert {each["value"]["form"]["name_en"] for each in sent} == {right_answers("S001")["name_en"]}


async def test_services_of_one_ministry_have_adapters_of_their_own(database: Database) -> None:
    """What waits is handed over by that of its own public service, from its day on."""
    office = Office(database)
    today = dhaka_date(office.at)
    soon = ServiceAdapter(version=1, valid_from=today + timedelta(days=1), adapter="hosted")
    await office.connect("none_yet", adapters=(soon,))
    await office.connect("own", "S005")
    waiting = [await office.submit(), await office.submit()]
    assert await office.hand_over() == 0
    office.at += timedelta(days=1)
    assert await office.hand_over() == 2
    sent = await office.submissions()
    assert [each["value"]["tracking_number"] for each in sent] == waiting
    assert {each["value"]["served_by"] for each in sent} == {"hosted"}
    await office.submit()
    assert (await office.submissions())[-1]["value"]["served_by"] == "hosted"


async def test_offices_of_one_service_have_adapters_of_their_own(database: Database) -> None:
    """One that has none yet holds up no other, also if its rule is not announced any more."""
    office = Office(database)
    rules = [
        RoutingRule(
            rule_id=f"rule-{name}",
            version=1,
            valid_from=dhaka_date(office.at),
            address="registration_place",
            level=level,
            office_kind="district",
            office_id=name,
            office_name=Text(bn="{area}", en="{area}"),
            adapter="none_yet",
        )
        for name, level in (("small", "upazila"), ("large", "district"))
    ]
    await office.connect("hosted", routing=rules)
    number = await office.submit()
    await office.connect("hosted", routing=rules[1:])
    other = await office.submit()
    assert await office.hand_over() == 1
    await office.connect("hosted", routing=[rules[1].model_copy(update={"adapter": "own"})])
    assert await office.hand_over() == 1
    sent = [
        (each["value"]["tracking_number"], each["topic"]) for each in await office.submissions()
    ]
    assert sent == [(number, "submissions.hosted.v1"), (other, "submissions.lgd.v1")]


async def test_what_waits_for_a_ministry_that_no_rule_names_any_more_is_handed_over(
    database: Database,
) -> None:
    """When that ministry is connected, as its own public services say, and as other rules do."""
    office = Office(database)
    at_minland = RoutingRule(
        rule_id="rule",
        version=1,
        valid_from=dhaka_date(office.at),
        address="registration_place",
        level="district",
        office_kind="district",
        office_id="large",
        office_name=Text(bn="{area}", en="{area}"),
        ministry="minland",
        ministry_adapter="none_yet",
    )
    await office.connect("hosted", routing=[at_minland])
    number = await office.submit()
    await office.connect("hosted", routing=[])
    await office.connect("none_yet", "S005", ministry="minland")
    assert await office.hand_over() == 0
    await office.connect("hosted", "S005", ministry="minland")
    assert await office.hand_over() == 1
    (sent,) = await office.submissions()
    assert (sent["value"]["tracking_number"], sent["value"]["ministry"]) == (number, "minland")


async def test_an_application_that_waits_for_something_else_is_not_handed_over(
    database: Database,
) -> None:
    """Neither when its ministry is connected, nor when it is withdrawn."""
    office = Office(database)
    await office.connect("none_yet")
    number = await office.submit()
    async with database.transaction() as tx:
        await tx.execute("UPDATE applications SET waits_for = 'payment'")
    await office.connect("hosted")
    assert await office.hand_over() == 0
    async with database.transaction() as tx:
        await withdraw(tx, RAHIMA, number, at=office.at)
    assert await office.submissions() == []


async def test_what_was_withdrawn_while_it_waited_is_never_handed_over(
    database: Database,
) -> None:
    """The ministry hears neither of the application nor of its withdrawal."""
    office = Office(database)
    await office.connect("none_yet")
    number = await office.submit()
    async with database.transaction() as tx:
        await withdraw(tx, RAHIMA, number, at=office.at)
    await office.connect("hosted")
    assert await office.hand_over() == 0
    assert await office.submissions() == []
    async with database.transaction() as tx:
        types = [outbox_event["type"] for outbox_event in await outbox_events(tx)]
    assert types == ["application_submitted", "mandate_used", "application_withdrawn"]


async def test_a_change_under_load_sends_every_application_to_exactly_one_adapter(
    database: Database,
) -> None:
    """Citizens apply while an operator changes the adapter back and forth, through every pair."""
    office = Office(database)
    await office.connect("hosted")
    changes: list[MinistryAdapter] = [
        "own", "hosted", "none_yet", "own", "none_yet", "hosted", "own", "hosted",
    ]  # fmt: skip

    async def apply_for_a_while() -> list[str]:
        return [await office.submit() for _ in range(30)]

    async def change() -> None:
        for adapter in changes:
            await office.connect(adapter)
            await asyncio.gather(office.hand_over(), office.hand_over())

    citizens, _ = await asyncio.gather(
        asyncio.gather(*(apply_for_a_while() for _ in range(3))), change()
    )
    while await office.hand_over():
        pass
    numbers = [number for citizen in citizens for number in citizen]
    sent = Counter(
        submission["value"]["tracking_number"] for submission in await office.submissions()
    )
    assert sent == Counter(numbers)


async def ask_for_correction(tx: Transaction) -> None:
    application_id = await tx.fetchval("SELECT application_id FROM applications")
    [one] = (await lock_applications(tx, [application_id])).values()
    returned, events = apply(one, correction_asked(application_id).in_trace(TRACE))
    await save(tx, [returned], events)
