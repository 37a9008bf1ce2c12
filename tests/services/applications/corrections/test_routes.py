"""Corrections at a counter: what changes who the applicant is needs the citizen's consent."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.identity import (
    CitizenErased,
    MandateEnded,
    ServiceCentreChanged,
    UddoktaChanged,
)
from libs.contracts.language import Text
from libs.contracts.mandates import MANDATE_TYPE, number_mark
from libs.database.pool import Database
from libs.grievances import GRIEVANCE
from libs.ids import new_id
from services.applications.assisted import consumers
from services.applications.corrections import use_cases
from services.applications.erasure.use_cases import erase_citizen
from tests.consuming import consuming
from tests.libs.web.running import Answer
from tests.services.applications.assisted.scenes import Office
from tests.services.applications.corrections.scenes import Agreed, mark_of
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.running import Api, running_api
from tests.services.applications.scenes import (
    NOW,
    RAHIM,
    RAHIMA,
    correction_asked,
    filled_cache,
    mandate_evidence,
    outbox_events,
    public_service,
    row_count,
)

ASKED = right_answers("S001")
RENAMED = {**ASKED, "name_bn": "সালমা", "birth_date": "2026-01-06"}


@dataclass
class Returned:
    """An application that an uddokta sent and the ministry sent back."""

    office: Office
    number: str
    consents: list[Office] = field(default_factory=list)

    @classmethod
    async def begun(cls, api: Api) -> "Returned":
        """Send it, and have the ministry ask for a correction."""
        office = Office(api)
        sent = (await office.submit(key=str(new_id()), form=ASKED)).json()
        api.now = NOW + timedelta(seconds=30)
        await api.consume(correction_asked(UUID(sent["application_id"])))
        return cls(office, sent["tracking_number"])

    async def post(self, what: str, form: dict[str, Any], who: str = "rahim") -> Answer:
        """Correct it, or propose a correction."""
        path = f"/v1/assisted-applications/{self.number}/{what}"
        return await self.office.api.post(path, {"form": form, "documents": ["rahima"]}, who=who)

    async def proposed(self, form: dict[str, Any]) -> dict[str, Any]:
        """Propose a correction."""
        reply = await self.post("proposed-corrections", form)
        assert reply.status == 201, reply.body
        return dict(reply.json())

    def agreed(self, proposed: dict[str, Any], **changed: Any) -> "Agreed":
        """The consent to a proposed correction, on the same device."""
        evidence = mandate_evidence(
            fee_bdt=0, charge_bdt=0, not_proven=("who_the_citizen_is", "whose_phone_it_is")
        )
        allowed = {
            "corrects": proposed["mandate_id"],
            "correction_id": proposed["correction_id"],
            "changes": proposed["changes"],
            "replaced_mark": mark_of(proposed),
            **changed,
        }
        return Agreed(replace(self.office, evidence=evidence), allowed)


async def test_an_uddokta_corrects_what_says_nothing_of_the_applicant(database: Database) -> None:
    """The announcement says who sent it, and that nothing of the applicant changed."""
    async with running_api(database) as api:
        returned = await Returned.begun(api)
        assert (await returned.post("corrections", {**ASKED, "birth_order": 2})).status == 200
    async with database.transaction() as tx:
        (*_, corrected) = await outbox_events(tx)
    assert (corrected["value"]["is_assisted"], corrected["value"]["changes"]) == (True, [])


async def test_a_grievance_is_not_corrected_into_one_about_the_helper_who_types(
    database: Database,
) -> None:
    """At this centre neither sent nor proposed; about an office it is corrected."""
    cache = filled_cache()
    cache.put([public_service(GRIEVANCE, ministry="cabinet")])
    form = {**right_answers(GRIEVANCE), "about": "office", "body": "lgd"}
    form = {name: form[name] for name in ("about", "body", "what_happened", "what_is_wanted")}
    async with running_api(database, cache) as api:
        office = Office(api)
        allowed = office.evidence.model_dump(mode="json", exclude={"uddokta_id"})
        details = {"type": MANDATE_TYPE, "public_service_id": GRIEVANCE, **allowed}
        token = office.token(authorization_details=[details])
        sent = (await office.submit(key=str(new_id()), token=token, form=form)).json()
        api.now = NOW + timedelta(seconds=30)
        await api.consume(correction_asked(UUID(sent["application_id"]), ministry="cabinet"))
        path = f"/v1/assisted-applications/{sent['tracking_number']}"
        for what in ("corrections", "proposed-corrections"):
            body = {"form": {**form, "about": "helper"}}
            reply = await api.post(f"{path}/{what}", body, who="rahim")
            assert reply.json()["errors"][0]["code"] == "helped_at_this_centre"
        reply = await api.post(f"{path}/corrections", {"form": form}, who="rahim")
        assert reply.status == 200, reply.body


async def test_another_applicant_needs_the_citizens_consent(database: Database) -> None:
    """Until she agrees nothing is sent; then the ministry, timeline and programme know of it."""
    async with running_api(database) as api:
        returned = await Returned.begun(api)
        reply = await returned.post("corrections", RENAMED)
        assert (reply.status, reply.code) == (409, "consent_needed")
        proposed = await returned.proposed(RENAMED)
        assert proposed["changes"] == ["name", "birth_date"]
        assert proposed["mandate_id"] == str(returned.office.evidence.mandate_id)
        assert (await returned.proposed(RENAMED))["correction_id"] == proposed["correction_id"]
        agreed = returned.agreed(proposed)
        first, again = await agreed.send(), await agreed.send()
        assert (first.status, first.body) == (200, again.body), first.body
        view = (await api.get(f"/v1/applications/{returned.number}")).json()
        sent = (await api.get(f"/v1/applications/{returned.number}/form")).json()
    assert "name, birth date" in view["timeline"][-1]["note"]["en"]
    assert "at a service centre, with a new consent" in view["timeline"][-1]["note"]["en"]
    assert sent["form"]["name_bn"] == "সালমা"
    async with database.transaction() as tx:
        (*_, submission, announcement, used) = await outbox_events(tx)
        assert await row_count(tx, "proposed_corrections") == 0
    evidence = submission["value"]["mandate"]
    assert evidence["mandate_id"] == str(agreed.office.evidence.mandate_id)
    assert (evidence["fee_bdt"], evidence["charge_bdt"], evidence["not_proven"]) == (
        50,
        30,
        ["who_the_citizen_is", "whose_phone_it_is"],
    )
    assert announcement["value"]["changes"] == ["name", "birth_date"]
    assert used["value"]["mandate_id"] == str(agreed.office.evidence.mandate_id)


async def test_a_citizen_reads_what_was_sent_before_it_was_corrected(database: Database) -> None:
    """If she asks for it, as the file of all her data does."""
    async with running_api(database) as api:
        returned = await Returned.begun(api)
        await returned.agreed(await returned.proposed(RENAMED)).send()
        path = f"/v1/applications/{returned.number}/form"
        last, both = [(await api.get(path + query)).json() for query in ("", "?earlier=true")]
    assert (last["form"]["name_bn"], last["earlier"]) == ("সালমা", [])
    assert last["form"] == both["form"]
    (before,) = both["earlier"]
    assert before["form"]["name_bn"] != "সালমা"
    assert before["submitted_at"] < both["submitted_at"]
    assert both["earlier_damaged"] == 0


async def test_a_damaged_form_of_before_hides_no_other(database: Database) -> None:
    """The newest is read, and how many cannot be read is said."""
    async with running_api(database) as api:
        returned = await Returned.begun(api)
        await returned.agreed(await returned.proposed(RENAMED)).send()
        async with database.transaction() as tx:
            await tx.execute(
                """
                UPDATE submissions SET form = overlay(form placing 'AAAA' from 60)
                 WHERE submitted_at = (SELECT min(submitted_at) FROM submissions)
                """
            )
        path = f"/v1/applications/{returned.number}/form?earlier=true"
        read = (await api.get(path)).json()
    assert read["form"]["name_bn"] == "সালমা"
    assert (read["earlier"], read["earlier_damaged"]) == ([], 1)


async def test_a_consent_is_for_the_answers_that_were_proposed(database: Database) -> None:
    """Not for others typed since, for more than was said, for another application, or twice."""
    async with running_api(database) as api:
        returned, other = await Returned.begun(api), await Returned.begun(api)
        proposed = await returned.proposed(RENAMED)
        silent = await returned.agreed(proposed, changes=["name"]).send()
        assert (silent.status, silent.code) == (409, "consent_needed")
        foreign = await other.agreed(proposed, corrects=str(new_id())).send()
        assert (foreign.status, foreign.code) == (404, "application_unknown")
        agreed = returned.agreed(proposed)
        assert (await agreed.send(what="application")).code == "mandate_for_another"
        await returned.proposed({**RENAMED, "name_bn": "রহিম"})
        late = await agreed.send()
        assert (late.status, late.code) == (409, "correction_changed")
        agreed = returned.agreed(await returned.proposed(RENAMED))
        assert (await agreed.send()).status == 200
        assert (await agreed.send(key="twice")).code in {"mandate_ended", "correction_not_asked"}


async def test_a_consent_is_for_the_words_that_the_citizen_has_read(database: Database) -> None:
    """What stood there and what will stand is compared: nobody reads one name and sends another."""
    async with running_api(database) as api:
        returned = await Returned.begun(api)
        proposed = await returned.proposed(RENAMED)
        assert proposed["replaced"] == [
            {"part": "name", "before": ASKED["name_bn"], "after": "সালমা"},
            {"part": "birth_date", "before": "05-01-2026", "after": "06-01-2026"},
        ]
        other = mark_of({**proposed, "replaced": proposed["replaced"][:1]}, after="রহিমা")
        for mark in (None, other):
            reply = await returned.agreed(proposed, replaced_mark=mark).send(key=str(mark))
            assert (reply.status, reply.code) == (409, "correction_changed")
        assert (await returned.agreed(proposed).send()).status == 200


async def test_the_token_of_an_application_corrects_nothing(database: Database) -> None:
    """Only a consent to a correction does."""
    async with running_api(database) as api:
        returned = await Returned.begun(api)
        await returned.proposed(RENAMED)
        plain = Agreed(replace(returned.office, evidence=mandate_evidence()), {})
        assert (await plain.send()).code == "mandate_for_another"


async def test_a_citizen_stops_the_consent_or_the_follow_up(database: Database) -> None:
    """Then the correction cannot be sent any more."""
    async with running_api(database) as api:
        for stopped in ("consent", "follow-up"):
            returned = await Returned.begun(api)
            agreed = returned.agreed(await returned.proposed(RENAMED))
            office = agreed.office if stopped == "consent" else returned.office
            end = MandateEnded(mandate_id=office.evidence.mandate_id, reason="revoked")
            async with database.transaction() as tx, consuming(consumers.router, tx) as consume:
                await consume(end)
            reply = await agreed.send()
            assert reply.code == (
                "mandate_ended" if stopped == "consent" else "application_unknown"
            )


@pytest.mark.parametrize(("stopped", "status"), [("centre", 200), ("uddokta", 403)])
async def test_a_consent_to_a_correction_holds_while_the_centre_is_paused(
    database: Database, stopped: str, status: int
) -> None:
    """The application is open; whoever was stopped sends nothing."""
    pause: dict[str, ServiceCentreChanged | UddoktaChanged] = {
        "centre": ServiceCentreChanged(
            service_centre_id="uttara",
            name=Text(bn="উত্তরা", en="Uttara"),
            area="30262500",
            state="paused",
        ),
        "uddokta": UddoktaChanged(uddokta_id=RAHIM, service_centre_id="uttara", state="suspended"),
    }
    async with running_api(database) as api:
        returned = await Returned.begun(api)
        agreed = returned.agreed(await returned.proposed(RENAMED))
        async with database.transaction() as tx, consuming(consumers.router, tx) as consume:
            await consume(pause[stopped])
        assert (await agreed.send()).status == status


async def test_a_correction_that_nobody_agreed_to_is_gone_after_a_day(database: Database) -> None:
    """It cannot be sent any more, and its answers are deleted; an erasure deletes them at once."""
    async with running_api(database) as api:
        returned, erased = await Returned.begun(api), await Returned.begun(api)
        api.now = NOW - timedelta(days=1)
        agreed = returned.agreed(await returned.proposed(RENAMED))
        api.now = NOW
        assert (await agreed.send()).code == "correction_changed"
        await erased.proposed(RENAMED)
        async with database.transaction() as tx:
            assert await use_cases.delete_old(tx, api.now) == 1
            assert await row_count(tx, "proposed_corrections") == 1
            await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
            assert await row_count(tx, "proposed_corrections") == 0


async def test_a_citizens_own_correction_needs_no_consent_and_says_what_changed(
    database: Database,
) -> None:
    """It is hers; a proposal that changes nothing of the applicant is none."""
    async with running_api(database) as api:
        returned = await Returned.begun(api)
        needless = await returned.post("proposed-corrections", ASKED)
        assert (needless.status, needless.code) == (409, "consent_not_needed")
        path = f"/v1/applications/{returned.number}/corrections"
        body = {"form": RENAMED, "documents": ["rahima"]}
        assert (await api.post(path, body)).status == 200
    async with database.transaction() as tx:
        (*_, corrected) = await outbox_events(tx)
    assert corrected["value"]["is_assisted"] is False
    assert corrected["value"]["changes"] == ["name", "birth_date"]


@pytest.mark.parametrize("what", ["corrections", "proposed-corrections"])
async def test_another_uddokta_corrects_nothing(database: Database, what: str) -> None:
    """Only who sent the application with its mandate."""
    async with running_api(database) as api:
        returned = await Returned.begun(api)
        assert (await returned.post(what, RENAMED, who="selim")).code == "application_unknown"


async def test_a_correction_has_the_number_for_which_the_citizen_consented(
    database: Database,
) -> None:
    """The consent for one citizen corrects nothing into another's, also with a code."""
    cache = filled_cache()
    cache.put([public_service("S024")])
    form = {**right_answers("S024"), "nid": "1990123456"}
    async with running_api(database, cache) as api:
        office = Office(api)
        evidence = office.evidence.model_dump(mode="json", exclude={"uddokta_id"})
        details = {"type": "nagorik_mandate", "public_service_id": "S024", **evidence}
        token = office.token(authorization_details=[details])
        sent = (await office.submit(token=token, form=form)).json()
        api.now = NOW + timedelta(seconds=30)
        await api.consume(correction_asked(UUID(sent["application_id"])))
        returned = Returned(office, sent["tracking_number"])
        for nid, status in (("9999999999", 422), ("1990123457", 200)):
            proposed = await returned.proposed({**form, "nid": nid})
            agreed = returned.agreed(proposed)
            consent_id = agreed.office.evidence.mandate_id
            agreed.allowed["number_mark"] = number_mark(consent_id, "nid", "1990123457")
            reply = await agreed.send(key=nid)
            assert reply.status == status, reply.body
            if status != 200:
                (error,) = reply.json()["errors"]
                assert (error["pointer"], error["code"]) == ("/form/nid", "number_not_consented")
