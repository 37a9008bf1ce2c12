"""Who is qualified helps; where a course is needed, nobody else does."""

from datetime import date, datetime, timedelta

import pytest

from libs.bangladesh.calendar import DHAKA, dhaka_date
from libs.contracts.identity import OfficerChanged, UddoktaChanged
from libs.contracts.programme import QualificationChanged, QualificationNeeded
from services.identity.duties.use_cases import announce_officers
from services.identity.offices.queries import save_office
from services.identity.qualifications.use_cases import save
from services.identity.staff.use_cases import place_officer
from services.identity.uddoktas.use_cases import requalify
from tests.services.identity.mandates.running import Counter
from tests.services.identity.running import Identity, announced
from tests.services.identity.staff.scenes import ZONE, Account

COURSE = "cyber_security"


@pytest.fixture
async def counter(identity: Identity) -> Counter:
    """The certificate of before holds until the end of 2028."""
    return await Counter.opened(identity)


def qualified(counter: Counter, until: date, *, later_s: float = 0.0) -> QualificationChanged:
    return QualificationChanged(
        occurred_at=counter.identity.time() + timedelta(seconds=later_s),
        subject=f"{counter.uddokta_id} {COURSE}",
        holder_id=counter.uddokta_id,
        course=COURSE,
        number="7K4M9-PXRT3",
        qualified_until=until,
    )


def needed(audience: str, since: date) -> QualificationNeeded:
    return QualificationNeeded.model_validate(
        {
            "subject": f"{audience} {COURSE}",
            "audience": audience,
            "course": COURSE,
            "needed_from": since,
        }
    )


async def hear(counter: Counter, *events: QualificationChanged | QualificationNeeded) -> None:
    """What the programme announced, stored and followed up."""
    async with counter.identity.database.transaction() as tx:
        await save(tx, events)
        await requalify(tx)
        await announce_officers(tx, counter.identity.time())


def today(counter: Counter) -> date:
    return dhaka_date(counter.identity.time())


async def last_day(counter: Counter) -> date | None:
    """Until when the uddokta was announced last."""
    found = await announced(counter.identity.database)
    return [event for event in found if isinstance(event, UddoktaChanged)][-1].licensed_until


async def test_the_certificate_of_before_counts_until_a_qualification_is_known(
    counter: Counter,
) -> None:
    """From then on the days of the qualification count, whatever the certificate said."""
    assert await last_day(counter) == date(2028, 12, 31)
    await hear(counter, qualified(counter, today(counter)))
    assert await last_day(counter) == today(counter)
    assert (await counter.request()).status == 201
    yesterday = today(counter) - timedelta(days=1)
    await hear(counter, qualified(counter, yesterday, later_s=1))
    assert (await counter.request("01712345679")).problem == "licence_expired"
    await hear(counter, qualified(counter, date(2028, 6, 29), later_s=0.5))  # comes late
    assert await last_day(counter) == yesterday


async def test_without_one_that_is_needed_nobody_helps(counter: Counter) -> None:
    """The certificate ends on the day before; whoever is qualified goes on."""
    await hear(counter, needed("uddokta", today(counter) + timedelta(days=1)))
    assert await last_day(counter) == today(counter)
    assert (await counter.request()).status == 201
    await hear(counter, needed("uddokta", today(counter)))
    assert (await counter.request("01712345679")).problem == "licence_expired"
    await hear(counter, qualified(counter, date(2027, 12, 31)))
    assert await last_day(counter) == date(2027, 12, 31)
    assert (await counter.request("01712345679")).status == 201


async def test_a_new_uddokta_without_a_certificate_waits_for_a_qualification(
    counter: Counter,
) -> None:
    """Nobody types until when somebody is trained."""
    salma = await Account.made(counter.identity, "salma", role="programme")
    token = (await salma.log_in()).body["access_token"]
    wanted = {
        "username": "selim",
        "first_name": {"bn": "সেলিম", "en": "Selim"},
        "service_centre_id": "gulshan",
        "licence_number": "L-2",
        "licence_from": "2026-01-01",
        "licence_until": "2028-06-30",
        "phone": "01811-111222",
    }
    added = await counter.identity.call("POST", "/v1/uddoktas", wanted, token=token)
    assert (added.status, added.body["certificate_number"]) == (201, "")
    assert await last_day(counter) == date(2025, 12, 31)


async def test_what_began_on_the_last_day_may_end(counter: Counter) -> None:
    """Consent and token of a mandate that was asked for at 23:57, at 00:05; nothing new then."""
    at = counter.identity.time().astimezone(DHAKA)
    counter.identity.time.at = datetime(at.year, at.month, at.day, 23, 57, tzinfo=DHAKA)
    await counter.log_in()
    await hear(counter, qualified(counter, today(counter)))
    mandate_id = await counter.requested()
    counter.identity.time.forward(minutes=8)
    assert (await counter.confirm(mandate_id)).status == 200
    assert (await counter.get_token(mandate_id)).status == 200
    assert (await counter.request("01712345679")).problem == "licence_expired"


async def test_an_officer_without_one_that_is_needed_witnesses_nothing(counter: Counter) -> None:
    """And is announced with the last day, so that others refuse from their copies."""
    identity = counter.identity
    officer = await Account.made(identity, "karim", role="officer")
    async with identity.database.transaction() as tx:
        await save_office(tx, ZONE)
        await place_officer(tx, "karim", ZONE.office_id, ZONE.ministry, by="rahim")
    await hear(counter, needed("officer", today(counter)))
    mandate_id = await counter.requested(None, consent="witness", number="19901234567890123")
    path = f"/v1/mandates/{mandate_id}/witness"
    token = (await officer.log_in()).body["access_token"]
    assert (await identity.call("POST", path, token=token)).problem == "qualification_missing"
    assert await officer_until(counter) == today(counter) - timedelta(days=1)
    await hear(
        counter,
        QualificationChanged(
            subject=f"{officer.staff.staff_id} {COURSE}",
            holder_id=officer.staff.staff_id,
            course=COURSE,
            number="7K4M9-PXRT4",
            qualified_until=today(counter),
        ),
    )
    assert await officer_until(counter) == today(counter)
    assert (await identity.call("POST", path, token=token)).status == 200


async def test_an_officer_whose_qualification_ended_acts_until_one_is_needed(
    counter: Counter,
) -> None:
    """As whoever never had one: everybody is warned before a course is needed."""
    identity = counter.identity
    officer = await Account.made(identity, "karim", role="officer")
    async with identity.database.transaction() as tx:
        await save_office(tx, ZONE)
        await place_officer(tx, "karim", ZONE.office_id, ZONE.ministry, by="rahim")
    ended = QualificationChanged(
        subject=f"{officer.staff.staff_id} {COURSE}",
        holder_id=officer.staff.staff_id,
        course=COURSE,
        number="7K4M9-PXRT4",
        qualified_until=today(counter) - timedelta(days=1),
    )
    await hear(counter, ended, needed("officer", today(counter) + timedelta(days=30)))
    assert await officer_until(counter) == today(counter) + timedelta(days=29)
    mandate_id = await counter.requested(None, consent="witness", number="19901234567890123")
    path = f"/v1/mandates/{mandate_id}/witness"
    token = (await officer.log_in()).body["access_token"]
    assert (await identity.call("POST", path, token=token)).status == 200


async def officer_until(counter: Counter) -> date | None:
    found = await announced(counter.identity.database)
    return [event for event in found if isinstance(event, OfficerChanged)][-1].acts_until
