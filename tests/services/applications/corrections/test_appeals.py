"""An objection at a counter: the citizen agrees to it, and the same limits hold as on her page."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.identity import MandateEnded, UddoktaChanged
from libs.contracts.language import Text
from libs.contracts.mandates import ConsentKind
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.reading.batch import Batch
from services.applications.assisted import consumers
from services.applications.corrections import use_cases
from services.applications.lifecycle.rules import MinistryEvent
from services.applications.lifecycle.use_cases import apply_ministry_events
from tests.consuming import consuming
from tests.libs.web.running import Answer
from tests.services.applications.assisted.scenes import Office
from tests.services.applications.corrections.scenes import Agreed, mark_of
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.running import Api, running_api
from tests.services.applications.scenes import (
    NOW,
    decided,
    mandate_evidence,
    outbox_events,
    row_count,
)

GROUNDS: Final = "কাগজটি আবেদনের সঙ্গে ছিল"
REASON: Final = Text(bn="কাগজ নেই", en="A paper is missing")
OFFER: Final = {"appeal_days": 30, "appeal_decided_by": Text(bn="ইউএনও", en="UNO")}
LAST_SECOND: Final = datetime.fromisoformat("2026-12-25T23:59:59+06:00")
REFUSED_AT: Final = datetime.fromisoformat("2026-11-25T00:01:00+06:00")
KINDS: Final[tuple[ConsentKind, ...]] = ("own_phone", "guardian_phone", "shared_phone", "witness")


@dataclass
class AtCounter:
    """An application that an uddokta sent, and an office here has refused."""

    office: Office
    number: str
    application_id: UUID

    @classmethod
    async def begun(cls, api: Api, consent: ConsentKind = "own_phone") -> "AtCounter":
        """Send it, and have the office refuse it."""
        office = Office(api, mandate_evidence(consent=consent))
        sent = (await office.submit(key=str(new_id()), form=right_answers("S001"))).json()
        made = cls(office, sent["tracking_number"], UUID(sent["application_id"]))
        async with api.database.transaction() as tx:
            await tx.execute("UPDATE applications SET adapter = 'desk'")
        await made.decide("refused", note=REASON, occurred_at=REFUSED_AT, **OFFER)
        return made

    async def decide(self, outcome: str, **fields: Any) -> None:
        """Read a decision."""
        said = {"event_id": new_id(), "outcome": outcome, "served_by": "desk", **fields}
        batch: Batch[MinistryEvent] = Batch.of(decided(self.application_id, **said))
        async with self.office.api.database.transaction() as tx:
            await apply_ministry_events(tx, batch)

    async def propose(self, who: str = "rahim", **body: Any) -> Answer:
        """Propose an objection."""
        path = f"/v1/assisted-applications/{self.number}/proposed-appeals"
        return await self.office.api.post(path, {"grounds": GROUNDS, **body}, who=who)

    def agreed(self, proposed: dict[str, Any], **changed: Any) -> Agreed:
        """The consent to it, on the same device."""
        evidence = mandate_evidence(fee_bdt=0, charge_bdt=0, consent=self.office.evidence.consent)
        allowed = {
            "corrects": proposed["mandate_id"],
            "correction_id": proposed["correction_id"],
            "changes": [],
            "replaced_mark": mark_of(proposed),
            **changed,
        }
        return Agreed(replace(self.office, evidence=evidence), allowed)

    async def listed(self) -> list[dict[str, Any]]:
        """What the uddokta follows up."""
        return list(
            (await self.office.api.get("/v1/assisted-applications", who="rahim")).json()["items"]
        )

    async def news(self) -> list[str]:
        """What the uddokta has to tell the citizen."""
        reply = await self.office.api.get("/v1/assisted-news", who="rahim")
        return [news["what"] for news in reply.json()["items"]]


@pytest.mark.parametrize("consent", KINDS)
async def test_each_kind_of_consent_carries_an_objection(
    database: Database, consent: ConsentKind
) -> None:
    """Nothing is sent before the citizen has agreed; the office reads who sent it for her."""
    async with running_api(database) as api:
        case = await AtCounter.begun(api, consent)
        [listed] = await case.listed()
        assert (listed["status"], listed["appeal_until"]) == ("refused", "2026-12-25")
        assert listed["refusal_note"] == {"bn": REASON.bn, "en": REASON.en}
        proposed = (await case.propose()).json()
        async with database.transaction() as tx:
            assert "submission_appealed" not in {row["type"] for row in await outbox_events(tx)}
            stored = await tx.fetch("SELECT * FROM proposed_corrections")
            assert GROUNDS not in str(stored)
        agreed = case.agreed(proposed)
        first, again = await agreed.send(), await agreed.send()
        assert (first.status, first.json()["status"]) == (200, "with_ministry")
        assert again.json() == first.json()
        async with database.transaction() as tx:
            events = {row["type"]: row["value"] for row in await outbox_events(tx)}
        assert events["submission_appealed"]["grounds"] == GROUNDS
        assert events["submission_appealed"]["mandate_id"] == str(agreed.office.evidence.mandate_id)
        assert events["application_appealed"]["is_assisted"]
        assert events["mandate_used"]["mandate_id"] == str(agreed.office.evidence.mandate_id)


@pytest.mark.parametrize("consent", KINDS)
async def test_the_answer_comes_back_to_the_counter_as_a_decision(
    database: Database, consent: ConsentKind
) -> None:
    """To be told to whoever has no phone of her own; nothing is objected to any more."""
    async with running_api(database) as api:
        case = await AtCounter.begun(api, consent)
        agreed = case.agreed((await case.propose()).json())
        assert (await agreed.send()).status == 200
        is_told = [] if consent == "own_phone" else ["refused"]
        assert await case.news() == is_told
        later = REFUSED_AT + timedelta(days=9)
        await case.decide("approved", stage="appeal", occurred_at=later)
        assert await case.news() == (["approved", *is_told] if is_told else [])
        assert await case.listed() == []
        assert (await case.propose()).code == "appeal_not_possible"
        async with database.transaction() as tx:
            assert await row_count(tx, "proposed_corrections") == 0


async def test_the_last_day_counts_at_a_counter_too(database: Database) -> None:
    """Until midnight in Dhaka, on the day on which it is sent and not on that of its typing."""
    async with running_api(database) as api:
        case = await AtCounter.begun(api)
        api.now = LAST_SECOND
        assert len(await case.listed()) == 1
        assert (await case.propose()).status == 201
        api.now = LAST_SECOND + timedelta(seconds=1)
        assert (await case.propose()).code == "appeal_too_late"
        assert await case.listed() == []
        api.now = NOW
        proposed = (await case.propose()).json()
        async with database.transaction() as tx:
            await tx.execute(
                "UPDATE applications SET appeal_until = $1", dhaka_date(NOW) - timedelta(days=1)
            )
        assert (await case.agreed(proposed).send()).code == "appeal_too_late"
        async with database.transaction() as tx:
            assert "submission_appealed" not in {row["type"] for row in await outbox_events(tx)}


async def test_one_objection_is_made_wherever_it_is_made(database: Database) -> None:
    """Twice at the counter, or at the counter after the citizen's own page."""
    async with running_api(database) as api:
        case = await AtCounter.begun(api)
        proposed = (await case.propose()).json()
        other = (await case.propose(grounds="অন্য কথা")).json()
        assert (await case.agreed(proposed).send("one")).code == "correction_changed"
        assert (await case.agreed(other).send("two")).status == 200
        assert (await case.propose()).code == "appeal_not_possible"
        assert (await case.agreed(other).send("three")).code == "correction_changed"
        await case.decide("refused", stage="appeal", occurred_at=REFUSED_AT + timedelta(days=9))
        assert (await case.propose()).code == "appeal_made"
        path = f"/v1/applications/{case.number}/appeal"
        assert (await api.post(path, {"grounds": GROUNDS})).code == "appeal_made"


@pytest.mark.parametrize("outcome", ["approved", "lapsed"])
async def test_nothing_but_a_refusal_is_objected_to(database: Database, outcome: str) -> None:
    """Nor what is not decided, or refused where no objection is taken here."""
    async with running_api(database) as api:
        case = await AtCounter.begun(api)
        async with database.transaction() as tx:
            await tx.execute(
                "UPDATE applications SET status = 'with_ministry', appeal_until = NULL"
            )
        assert (await case.propose()).code == "appeal_not_possible"
        later = REFUSED_AT + timedelta(hours=1)
        await case.decide(outcome, occurred_at=later)
        assert (await case.propose()).code == "appeal_not_possible"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"correction_id": str(new_id())}, "correction_changed"),
        ({"changes": ["name"]}, "application_unknown"),
        ({"replaced_mark": "0" * 64}, "correction_changed"),
        ({"corrects": str(new_id())}, "application_unknown"),
        ({"corrects": None}, "mandate_for_another"),
    ],
)
async def test_it_is_the_objection_that_the_citizen_agreed_to(
    database: Database, changed: dict[str, Any], code: str
) -> None:
    """No other words, no other application, and no consent to something else."""
    async with running_api(database) as api:
        case = await AtCounter.begun(api)
        proposed = (await case.propose()).json()
        assert (await case.agreed(proposed, **changed).send()).code == code
        async with database.transaction() as tx:
            assert "submission_appealed" not in {row["type"] for row in await outbox_events(tx)}


async def test_only_the_uddokta_of_the_application_proposes_and_until_the_citizen_stops_it(
    database: Database,
) -> None:
    """A stranger learns nothing; papers need a receipt."""
    async with running_api(database) as api:
        case = await AtCounter.begun(api)
        assert (await case.propose(who="rahima")).status == 403
        async with database.transaction() as tx:
            await tx.execute("UPDATE mandates SET uddokta_id = $1", new_id())
        assert (await case.propose()).code == "application_unknown"
        async with database.transaction() as tx:
            await tx.execute("UPDATE mandates SET uddokta_id = $1", case.office.evidence.uddokta_id)
        ended = MandateEnded(mandate_id=case.office.evidence.mandate_id, reason="revoked")
        async with database.transaction() as tx, consuming(consumers.router, tx) as consume:
            await consume(ended)
        assert (await case.propose()).code == "application_unknown"
        assert await case.listed() == []


async def test_a_stopped_uddokta_proposes_nothing_and_old_ones_are_deleted(
    database: Database,
) -> None:
    """After a day nothing of an objection is left to which nobody agreed."""
    async with running_api(database) as api:
        case = await AtCounter.begun(api)
        proposed = (await case.propose()).json()
        async with database.transaction() as tx:
            assert await use_cases.delete_old(tx, NOW + timedelta(days=1, seconds=-1)) == 0
            assert await use_cases.delete_old(tx, NOW + timedelta(days=1, minutes=1)) == 1
        assert (await case.agreed(proposed).send()).code == "correction_changed"
        stopped = UddoktaChanged(
            uddokta_id=case.office.evidence.uddokta_id,
            service_centre_id=case.office.evidence.service_centre_id,
            state="suspended",
        )
        async with database.transaction() as tx, consuming(consumers.router, tx) as consume:
            await consume(stopped)
        assert (await case.propose()).code == "uddokta_stopped"
