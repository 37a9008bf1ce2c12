import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from joserfc.jwk import ECKey

from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.text import bangla_digits, initials
from libs.clock import utc_now
from libs.contracts.applications import Step
from libs.contracts.centres import UddoktaState
from libs.contracts.identity import MandateEnded, ServiceCentreChanged, UddoktaChanged
from libs.contracts.language import Text
from libs.contracts.mandates import (
    MANDATE_TYPE,
    PRINTING_TYPE,
    AssistedNews,
    ConsentKind,
    EndReason,
    fee_day_mark,
    number_mark,
)
from libs.database.pool import Database
from libs.grievances import GRIEVANCE
from libs.ids import new_id
from services.applications.assisted import consumers
from services.applications.mandate_uses.queries import list_left, save_teller
from tests.consuming import consuming
from tests.services.applications.assisted.scenes import Office
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.running import ORIGIN, Api, running_api
from tests.services.applications.scenes import (
    KARIM,
    NOW,
    RAHIM,
    RAHIMA,
    SELIM,
    correction_asked,
    decided,
    filled_cache,
    mandate_evidence,
    outbox_events,
    public_service,
    received,
    row_count,
)

_NEEDED = {"about", "body", "what_happened", "what_is_wanted"}
CENTRE = Text(bn="উত্তরা", en="Uttara")


async def heard(database: Database, *events: Any) -> None:
    """Consume events of identity."""
    async with database.transaction() as tx, consuming(consumers.router, tx) as consume:
        await consume(*events)


async def applications(database: Database) -> int:
    async with database.transaction() as tx:
        return await row_count(tx, "applications")


async def test_an_application_is_sent_with_the_citizens_consent(database: Database) -> None:
    """It is the citizen's; the ministry is told who acted, where, and how she agreed."""
    async with running_api(database) as api:
        office = Office(api)
        reply = await office.submit()
        assert reply.status == 201, reply.body
        mine = await api.get("/v1/applications")
    assert mine.json()["items"][0]["tracking_number"] == reply.json()["tracking_number"]
    async with database.transaction() as tx:
        submitted, announced, used = await outbox_events(tx)
    assert submitted["value"]["applicant_id"] == str(RAHIMA)
    assert submitted["value"]["actor_id"] == str(RAHIM)
    assert submitted["value"]["service_centre_id"] == "uttara"
    assert submitted["value"]["mandate"] == office.evidence.model_dump(mode="json")
    assert used["value"]["mandate_id"] == str(office.evidence.mandate_id)
    assert announced["value"]["assistance"] == {
        "mandate_id": str(office.evidence.mandate_id),
        "uddokta_id": str(RAHIM),
        "service_centre_id": "uttara",
    }


async def test_a_mandate_is_used_once(database: Database) -> None:
    """A repeat gets the first answer; another application is refused, also at the same moment."""
    async with running_api(database) as api:
        office = Office(api)
        first, again = await office.submit(), await office.submit()
        other = await office.submit(key="another")
        assert first.body == again.body
        assert (other.status, other.code) == (409, "mandate_used")
        racing = Office(api)
        replies = await asyncio.gather(*(racing.submit(key=str(number)) for number in range(50)))
    assert sorted(reply.status for reply in replies) == [201, *[409] * 49]
    assert await applications(database) == 2


async def test_the_end_of_a_mandate_refuses_its_token(database: Database) -> None:
    """Though the token itself is still valid; the refusal can be repeated."""
    async with running_api(database) as api:
        office = Office(api)
        end = MandateEnded(mandate_id=office.evidence.mandate_id, reason="revoked")
        await heard(database, end, end)
        for _ in range(2):
            reply = await office.submit()
            assert (reply.status, reply.code) == (409, "mandate_ended")
    assert await applications(database) == 0


async def test_what_an_uddokta_follows_up_is_read_a_page_at_a_time(database: Database) -> None:
    """The newest first, each once."""
    async with running_api(database) as api:
        replies = [await Office(api).submit(key=f"click-{n}") for n in range(2)]
        numbers = {reply.json()["tracking_number"] for reply in replies}
        path = "/v1/assisted-applications?limit=1"
        first = (await api.get(path, who="rahim")).json()
        last = (await api.get(f"{path}&after={first['next']}", who="rahim")).json()
    assert last["next"] is None
    listed = first["items"] + last["items"]
    assert {one["tracking_number"] for one in listed} == numbers
    assert {one["applicant"] for one in listed} == {initials(right_answers("S001")["name_bn"], 3)}
    assert len({one["mandate_id"] for one in listed}) == len(numbers)


@pytest.mark.parametrize("consent", ["own_phone", "witness"])
async def test_an_uddokta_sees_the_step_at_which_an_office_waits_for_the_citizen(
    database: Database, consent: ConsentKind
) -> None:
    """And whether nobody else tells her: she has no phone of her own. After it nothing is left."""
    step = Step(name=Text(bn="ফি", en="Fee"), waits_for="payment", to_pay_poisha=2000)
    async with running_api(database) as api:
        office = Office(api, mandate_evidence(consent=consent))
        application_id = UUID((await office.submit()).json()["application_id"])
        await api.consume(received(application_id, step=step))
        [sent] = (await api.get("/v1/assisted-applications", who="rahim")).json()["items"]
        assert Step.model_validate(sent["step"]) == step
        assert sent["is_told_in_person"] is (consent != "own_phone")
        await api.consume(correction_asked(application_id))
        [sent] = (await api.get("/v1/assisted-applications", who="rahim")).json()["items"]
        assert sent["step"] is None


async def test_an_end_after_the_use_ends_the_follow_up_only(database: Database) -> None:
    """The application stays; the uddokta does not see it any more."""
    async with running_api(database) as api:
        office = Office(api)
        number = (await office.submit()).json()["tracking_number"]
        listed = await api.get("/v1/assisted-applications", who="rahim")
        assert [each["tracking_number"] for each in listed.json()["items"]] == [number]
        await heard(database, MandateEnded(mandate_id=office.evidence.mandate_id, reason="revoked"))
        listed = await api.get("/v1/assisted-applications", who="rahim")
        assert listed.json()["items"] == []
        form = await api.get(f"/v1/assisted-applications/{number}/form", who="rahim")
        assert (form.status, form.code) == (404, "application_unknown")
        assert (await office.submit()).status == 201  # the repeat of the first
    assert await applications(database) == 1


async def follows_up(api: Api) -> bool:
    """Whether the uddokta sees an application."""
    return bool((await api.get("/v1/assisted-applications", who="rahim")).json()["items"])


@pytest.mark.parametrize("reason", ["expired", "uddokta_stopped", "centre_stopped"])
async def test_an_end_that_is_not_the_citizens_leaves_the_follow_up(
    database: Database, reason: EndReason
) -> None:
    """Identity sent it before it had read of the use; before the use it refuses the application."""
    async with running_api(database) as api:
        used, unused = Office(api), Office(api, mandate_evidence())
        assert (await used.submit()).status == 201
        for office in (used, unused):
            end = MandateEnded(mandate_id=office.evidence.mandate_id, reason=reason)
            await heard(database, end)
        assert await follows_up(api)
        assert (await unused.submit(key="late")).code == "mandate_ended"


@pytest.mark.parametrize(
    "batches",
    [
        [["citizen_erased"]],
        [["revoked"], ["expired"]],
        [["expired"], ["revoked"]],
        [["revoked", "expired"]],
        [["expired", "revoked"]],
    ],
)
async def test_an_end_by_the_citizen_ends_the_follow_up_beside_any_other(
    database: Database, batches: list[list[EndReason]]
) -> None:
    """Before or after it, and in the same batch."""
    async with running_api(database) as api:
        office = Office(api)
        assert (await office.submit()).status == 201
        assert await follows_up(api)
        for batch in batches:
            ends = [
                MandateEnded(mandate_id=office.evidence.mandate_id, reason=reason)
                for reason in batch
            ]
            await heard(database, *ends)
        assert not await follows_up(api)


async def test_an_uddokta_answers_a_correction_and_a_stranger_sees_nothing(
    database: Database,
) -> None:
    """Until the decision, for the citizen; the ministry is told who acted."""
    async with running_api(database) as api:
        office = Office(api)
        number = (await office.submit()).json()["tracking_number"]
        path = f"/v1/assisted-applications/{number}"
        async with database.transaction() as tx:
            application_id = await tx.fetchval("SELECT application_id FROM applications")
        await api.consume(correction_asked(application_id))
        for who in ("selim", "rahima"):
            assert (await api.get(f"{path}/form", who=who)).status in {403, 404}
        assert (await api.get(f"{path}/form", who="rahim")).json()["form"]["name_en"]
        body = {"form": right_answers("S001"), "documents": ["rahima"]}
        corrected = await api.post(f"{path}/corrections", body, who="rahim")
        assert corrected.status == 200, corrected.body
    async with database.transaction() as tx:
        sent = [
            outbox_event
            for outbox_event in await outbox_events(tx)
            if outbox_event["type"] == "submission_corrected"
        ]
    assert sent[0]["value"]["actor_id"] == str(RAHIM)


async def news(api: Api, *, told: bool = False, who: str = "rahim") -> list[Any]:
    """What the uddokta has to tell, or has told, a page at a time."""
    items: list[Any] = []
    after = ""
    while True:
        path = f"/v1/assisted-news?told={str(told).lower()}&limit=1{after}"
        page = (await api.get(path, who=who)).json()
        items += page["items"]
        if page["next"] is None:
            return items
        after = f"&after={page['next']}"


@pytest.mark.parametrize("consent", ["guardian_phone", "shared_phone", "witness"])
async def test_news_stand_in_a_list_until_the_citizen_was_told(
    database: Database, consent: str
) -> None:
    """With what the ministry said; who told it, and when, is stored once."""
    async with running_api(database) as api:
        office = Office(api, mandate_evidence(consent=consent))
        number = (await office.submit()).json()["tracking_number"]
        own = (await Office(api).submit(key="own")).json()["application_id"]
        async with database.transaction() as tx:
            application_id = await tx.fetchval(
                "SELECT application_id FROM applications WHERE tracking_number = $1", number
            )
        assert await news(api) == []
        await api.consume(correction_asked(application_id), decided(UUID(own)))
        (asked,) = await news(api)
        assert (asked["tracking_number"], asked["what"]) == (number, "correction_requested")
        assert asked["note"] is not None
        body = {"form": right_answers("S001"), "documents": ["rahima"]}
        await api.post(f"/v1/assisted-applications/{number}/corrections", body, who="rahim")
        assert await news(api) == []  # she was there
        await api.consume(decided(application_id, outcome="refused", case_file_number="46.00.123"))
        (refused,) = await news(api)
        assert refused["case_file_number"] == "46.00.123"
        assert (refused["what"], refused["told_at"]) == ("refused", None)
        telling = f"/v1/assisted-news/{refused['news_id']}/telling"
        assert (await api.post(telling, who="selim")).status in {403, 404}
        first, again = [(await api.post(telling, who="rahim")).json() for _ in range(2)]
        assert (first["told_by"], again) == (str(RAHIM), first)
        assert await news(api) == []
        assert [one["news_id"] for one in await news(api, told=True)] == [refused["news_id"]]


def now_is(
    uddokta_id: UUID,
    centre: str = "uttara",
    state: UddoktaState = "active",
    *,
    later_s: int = 0,
    licensed_until: date | None = None,
) -> UddoktaChanged:
    """An uddokta's centre, state and licence, some seconds from now."""
    return UddoktaChanged(
        uddokta_id=uddokta_id,
        service_centre_id=centre,
        state=state,
        occurred_at=utc_now() + timedelta(seconds=later_s),
        licensed_until=licensed_until,
    )


async def left_to_tell(api: Api, database: Database, away: UddoktaChanged) -> tuple[str, UUID]:
    """An application whose news nobody tells, since its uddokta was stopped or works elsewhere."""
    await heard(database, now_is(RAHIM), now_is(SELIM))
    reply = (await Office(api, mandate_evidence(consent="witness")).submit()).json()
    await Office(api).submit(key="own-phone")
    application_id = UUID(reply["application_id"])
    await api.consume(correction_asked(application_id))
    assert await taken(api) == 0
    await heard(database, away)
    assert (await api.get("/v1/left-news", who="selim")).json() == {"applications": 1}
    return reply["tracking_number"], application_id


async def taken(api: Api) -> int:
    """Of how many applications another uddokta takes the news over."""
    reply = await api.post("/v1/left-news/takeover", who="selim")
    return int(reply.json()["applications"])


AWAY = pytest.mark.parametrize(
    ("centre", "state"), [("uttara", "suspended"), ("gulshan", "active")]
)


@AWAY
async def test_news_that_nobody_tells_are_taken_over_at_the_centre(
    database: Database, centre: str, state: UddoktaState
) -> None:
    """Once; another centre has none of it. Whoever tells them corrects nothing."""
    async with running_api(database) as api:
        number, _ = await left_to_tell(api, database, now_is(RAHIM, centre, state, later_s=1))
        await heard(database, now_is(SELIM, "nilkhet", later_s=2))
        assert await taken(api) == 0
        await heard(database, now_is(SELIM, later_s=3))
        assert [await taken(api), await taken(api)] == [1, 0]
        (one,) = await news(api, who="selim")
        assert one["tracking_number"] == number
        assert AssistedNews.model_validate(one).taken_over
        path = f"/v1/assisted-applications/{number}"
        assert (await api.get(f"{path}/tracking-code", who="selim")).json()["tracking_code"]
        assert (await api.get(f"{path}/form", who="selim")).status == 404
        telling = f"/v1/assisted-news/{one['news_id']}/telling"
        assert (await api.post(telling, who="selim")).json()["told_by"] == str(SELIM)
        if state == "active":
            assert await news(api) == []


@AWAY
async def test_who_takes_news_over_is_in_the_audit_log(
    database: Database, centre: str, state: UddoktaState
) -> None:
    """With the application, and from whom."""
    async with running_api(database) as api:
        _, application_id = await left_to_tell(
            api, database, now_is(RAHIM, centre, state, later_s=1)
        )
        assert await taken(api) == 1
    async with database.transaction() as tx:
        journal = await tx.fetch("SELECT actor, action, subject, detail FROM audit_log")
    assert [tuple(row) for row in journal] == [
        (
            f"staff:{SELIM}",
            "take over telling the citizen",
            str(application_id),
            f"from staff:{RAHIM}",
        )
    ]


async def test_of_two_who_take_news_over_at_once_one_tells_them(database: Database) -> None:
    """Whoever is second gets none, and finds no entry of hers in the audit log."""
    async with running_api(database) as api:
        reply = (await Office(api, mandate_evidence(consent="witness")).submit()).json()
        await api.consume(correction_asked(UUID(reply["application_id"])))
        await heard(database, now_is(RAHIM, state="suspended"))
    async with database.transaction() as tx:
        seen = await list_left(tx, "uttara", limit=9)
        assert len(await save_teller(tx, seen, SELIM)) == len(seen) == 1
        assert await save_teller(tx, seen, KARIM) == set()


async def test_news_are_not_for_an_uddokta_whom_the_citizen_or_we_stopped(
    database: Database,
) -> None:
    """Nor for another one; a code for tracking neither."""
    async with running_api(database) as api:
        office = Office(api, mandate_evidence(consent="guardian_phone"))
        reply = (await office.submit()).json()
        await api.consume(decided(UUID(reply["application_id"])))
        (decision,) = await news(api)
        code_path = f"/v1/assisted-applications/{reply['tracking_number']}/tracking-code"
        telling = f"/v1/assisted-news/{decision['news_id']}/telling"
        paused = UddoktaChanged(uddokta_id=RAHIM, service_centre_id="uttara", state="paused")
        await heard(database, paused)
        for path in ("/v1/assisted-news", code_path):
            assert (await api.get(path, who="rahim")).code == "uddokta_stopped"
        assert (await api.post(telling, who="rahim")).code == "uddokta_stopped"
        active = paused.model_copy(
            update={
                "state": "active",
                "event_id": new_id(),
                "occurred_at": paused.occurred_at + timedelta(seconds=1),
            }
        )
        ended = MandateEnded(mandate_id=office.evidence.mandate_id, reason="revoked")
        await heard(database, active)
        await heard(database, ended)
        assert await news(api) == []
        assert (await api.get(code_path, who="rahim")).status == 404
        assert (await api.post(telling, who="rahim")).status == 404


async def test_whoever_has_no_licence_any_more_reads_and_corrects_nothing(
    database: Database,
) -> None:
    """As whoever is stopped; on its last day it holds, and a colleague tells the news then."""
    async with running_api(database) as api:
        office = Office(api, mandate_evidence(consent="guardian_phone"))
        reply = (await office.submit()).json()
        await api.consume(decided(UUID(reply["application_id"])))
        number = (await Office(api).submit(key="another")).json()["tracking_number"]
        await heard(database, now_is(RAHIM, licensed_until=dhaka_date(utc_now())))
        assert await news(api)
        assert await follows_up(api)
        yesterday = dhaka_date(utc_now()) - timedelta(days=1)
        await heard(database, now_is(RAHIM, licensed_until=yesterday, later_s=1))
        for path in ("/v1/assisted-news", f"/v1/assisted-applications/{number}/form"):
            assert (await api.get(path, who="rahim")).code == "licence_expired", path
        assert not await follows_up(api)
        assert (await Office(api).submit(key="later")).code == "licence_expired"
        await heard(database, now_is(SELIM))
        assert (await api.get("/v1/left-news", who="selim")).json() == {"applications": 1}


async def test_what_began_on_the_last_day_may_be_sent(database: Database) -> None:
    """With a mandate that was asked for on that day; one of the day after is refused."""
    asked_at = utc_now()
    async with running_api(database) as api:
        yesterday = dhaka_date(asked_at) - timedelta(days=1)
        await heard(database, now_is(RAHIM, licensed_until=yesterday))
        begun = mandate_evidence(mandate_id=new_id(asked_at - timedelta(days=1)))
        assert (await Office(api, begun).submit(key="begun")).status == 201
        assert (await Office(api).submit(key="new")).code == "licence_expired"


async def test_whoever_is_stopped_follows_nothing_up_until_reinstated(database: Database) -> None:
    """With a new login neither: the list has what ministries say to citizens."""

    def now(state: str) -> UddoktaChanged:
        fields = {"service_centre_id": "uttara", "uddokta_id": RAHIM, "state": state}
        return UddoktaChanged.model_validate(fields)

    async with running_api(database) as api:
        await Office(api).submit()
        await heard(database, now("paused"))
        assert not await follows_up(api)
        await heard(database, now("active"))
        assert await follows_up(api)


async def test_a_paused_centre_sends_nothing_new_and_goes_on_with_what_was_sent(
    database: Database,
) -> None:
    """The list, the form, a correction, the code for tracking, and what is to be told."""
    async with running_api(database) as api:
        number = (await Office(api).submit()).json()["tracking_number"]
        async with database.transaction() as tx:
            application_id = await tx.fetchval("SELECT application_id FROM applications")
        await api.consume(correction_asked(application_id))
        paused = ServiceCentreChanged(
            service_centre_id="uttara", name=CENTRE, area="30262500", state="paused"
        )
        await heard(database, paused)
        assert (await Office(api).submit(key="another")).code == "service_centre_not_running"
        assert await follows_up(api)
        path = f"/v1/assisted-applications/{number}"
        for part in ("form", "tracking-code"):
            assert (await api.get(f"{path}/{part}", who="rahim")).status == 200, part
        assert (await api.get("/v1/assisted-news", who="rahim")).status == 200
        body = {"form": right_answers("S001"), "documents": ["rahima"]}
        corrected = await api.post(f"{path}/corrections", body, who="rahim")
        assert corrected.status == 200, corrected.body


@pytest.mark.parametrize(
    ("stop", "problem"),
    [
        (
            lambda: UddoktaChanged(uddokta_id=RAHIM, service_centre_id="uttara", state="suspended"),
            "uddokta_stopped",
        ),
        (
            lambda: ServiceCentreChanged(
                service_centre_id="uttara", name=CENTRE, area="30262500", state="paused"
            ),
            "service_centre_not_running",
        ),
    ],
)
async def test_whoever_is_stopped_sends_nothing(
    database: Database, stop: Any, problem: str
) -> None:
    """Even with a form open and a valid token; an older event does not undo it."""
    event = stop()
    older = {"occurred_at": event.occurred_at - timedelta(hours=1), "event_id": new_id()}
    state = "active" if isinstance(event, UddoktaChanged) else "running"
    async with running_api(database) as api:
        await heard(database, event)
        await heard(database, event.model_copy(update={"state": state, **older}))
        reply = await Office(api).submit()
        assert reply.code == problem
    assert await applications(database) == 0


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"key": ECKey.generate_key("P-256")}, "mandate_for_another"),
        ({"token": None}, "proof_invalid"),
        ({"token": "another token"}, "proof_invalid"),
        ({"url": f"{ORIGIN}/v1/applications"}, "proof_invalid"),
        ({"url": "https://elsewhere.example/v1/applications"}, "proof_invalid"),
        ({"now_s": NOW.timestamp() - 2 * 86400}, "device_clock_wrong"),
    ],
    ids=["key", "no ath", "ath", "address", "site", "clock two days behind"],
)
async def test_a_proof_is_of_the_device_for_one_request_with_this_token(
    database: Database, changed: dict[str, Any], problem: str
) -> None:
    """With one thing wrong nothing is sent, and the mandate stays unused."""
    async with running_api(database) as api:
        office = Office(api)
        token = office.token()
        reply = await office.submit(token=token, proof=office.proof(token, **changed))
        assert reply.code == problem
        assert (await office.submit()).status == 201


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        ({"aud": "nagorik"}, "token_invalid"),
        ({"iss": "somebody"}, "token_invalid"),
        ({"typ": "JWT"}, "token_invalid"),
        ({"authorization_details": []}, "token_invalid"),
        ({"act": None}, "token_invalid"),
        ({"iat": 1, "exp": 2}, "token_expired"),
        ({"iat": 1, "exp": int(NOW.timestamp()) + 900}, "token_expired"),
    ],
    ids=["audience of citizens", "issuer", "ID token", "nothing", "nobody", "expired", "too long"],
)
async def test_a_token_is_identitys_for_a_mandate(
    database: Database, claims: dict[str, Any], problem: str
) -> None:
    """Anything else that identity signs is no token of a mandate."""
    async with running_api(database) as api:
        office = Office(api)
        assert (await office.submit(token=office.token(**claims))).code == problem
        assert (await office.submit(scheme="Bearer")).code == "token_missing"
        assert (await office.submit()).status == 201


async def test_a_token_for_printing_sends_nothing(database: Database) -> None:
    """It is of the same mandate and device, and identity made it."""
    async with running_api(database) as api:
        office = Office(api)
        allowed = office.evidence.model_dump(mode="json", exclude={"uddokta_id"})
        token = office.token(
            authorization_details=[
                {
                    **allowed,
                    "type": PRINTING_TYPE,
                    "public_service_id": "S001",
                    "tracking_number": "NS-XYRKE-W8M24-RJ3H3",
                    "service_centre_name": {"bn": "উত্তরা", "en": "Uttara"},
                }
            ]
        )
        reply = await office.submit(token=token)
        assert reply.json()["type"].endswith("mandate_for_another")
        assert await applications(database) == 0


async def test_a_token_is_for_its_own_mandate(database: Database) -> None:
    """With the path of another one it is refused."""
    async with running_api(database) as api:
        office = Office(api)
        path, token = f"/v1/mandates/{new_id()}/application", office.token()
        proof = office.proof(token, url=ORIGIN + path)
        reply = await office.submit(path=path, token=token, proof=proof)
        assert reply.code == "mandate_for_another"


async def test_a_proof_is_not_replayed(database: Database) -> None:
    """The same proof is refused, also with the same Idempotency-Key."""
    async with running_api(database) as api:
        office = Office(api)
        token = office.token()
        proof = office.proof(token)
        replies = [await office.submit(token=token, proof=proof) for _ in range(2)]
    assert [reply.status for reply in replies] == [201, 401]


async def test_wrong_answers_leave_the_mandate_as_it_is(database: Database) -> None:
    """The form can be corrected and sent again."""
    async with running_api(database) as api:
        office = Office(api)
        assert (await office.submit(form={"name_bn": "x"})).code == "form_invalid"
        assert (await office.submit(key="second")).status == 201


async def test_the_form_has_the_number_for_which_the_citizen_consented(database: Database) -> None:
    """Another one is refused at its field, and the mandate stays unused."""
    cache = filled_cache()
    cache.put([public_service("S024")])
    async with running_api(database, cache) as api:
        office = Office(api)
        mark = number_mark(office.evidence.mandate_id, "nid", "1990123456")
        allowed = office.evidence.model_dump(mode="json", exclude={"uddokta_id"})
        details = {
            "type": MANDATE_TYPE,
            "public_service_id": "S024",
            "number_mark": mark,
            **allowed,
        }
        form = {**right_answers("S024"), "nid": "9999999999"}
        token = office.token(authorization_details=[details])
        reply = await office.submit(token=token, form=form)
        (error,) = reply.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/form/nid", "number_not_consented")
        form["nid"] = "1990123456"
        token = office.token(authorization_details=[details])
        assert (await office.submit(token=token, form=form)).status == 201


async def test_the_form_has_the_day_for_which_the_fee_was_computed(database: Database) -> None:
    """Another one is refused at its field, and the mandate stays unused."""
    async with running_api(database) as api:
        office = Office(api)
        allowed = office.evidence.model_dump(mode="json", exclude={"uddokta_id"})
        born = right_answers("S001")["birth_date"]

        def token_of(day: str) -> str:
            mark = fee_day_mark(office.evidence.mandate_id, day)
            marked = {"type": MANDATE_TYPE, "public_service_id": "S001", "fee_day_mark": mark}
            return office.token(authorization_details=[{**allowed, **marked}])

        reply = await office.submit(token=token_of("2026-11-01"))
        (error,) = reply.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/form/birth_date", "fee_day_differs")
        assert (await office.submit(token=token_of(born))).status == 201


async def test_a_paper_goes_with_the_mandate_under_which_it_was_uploaded(
    database: Database,
) -> None:
    """Or with none, if the citizen uploaded it; that of another mandate is refused at its field."""
    async with running_api(database) as api:
        office, other = Office(api), Office(api, mandate_evidence())
        stranger = await office.submit(receipt=f"karim {office.evidence.mandate_id}")
        foreign = await office.submit(receipt=f"rahima {other.evidence.mandate_id}")
        for reply in (stranger, foreign):
            codes = {each["code"] for each in reply.json()["errors"]}
            assert (reply.code, codes) == ("form_invalid", {"document_foreign"})
        own = await office.submit(receipt=f"rahima {office.evidence.mandate_id}")
        assert own.status == 201
        alone = await api.submit(key="alone", documents=[f"rahima {other.evidence.mandate_id}"])
        assert alone.code == "form_invalid"
        assert (await other.submit(key="second", receipt="rahima")).status == 201


async def test_the_mandate_of_one_citizen_is_not_another_ones(database: Database) -> None:
    """Two mandates of one uddokta are two applications, each once."""
    async with running_api(database) as api:
        one, two = Office(api), Office(api, mandate_evidence())
        replies = await asyncio.gather(one.submit(key="a"), two.submit(key="b"))
    assert [reply.status for reply in replies] == [201, 201]


async def grieved(api: Api, centre: str, **said: str) -> tuple[int, str]:
    """Send a grievance at a centre; return the status and the code of the error."""
    office = Office(api, mandate_evidence(service_centre_id=centre))
    allowed = office.evidence.model_dump(mode="json", exclude={"uddokta_id"})
    details = {"type": MANDATE_TYPE, "public_service_id": GRIEVANCE, "cap_bdt": 50, **allowed}
    form = {**right_answers(GRIEVANCE), "body": "lgd", **said}
    form = {name: value for name, value in form.items() if name in said or name in _NEEDED}
    token = office.token(authorization_details=[details])
    reply = await office.submit(key=str(new_id()), token=token, form=form)
    return reply.status, reply.json()["errors"][0]["code"] if reply.status != 201 else ""


async def test_a_grievance_about_a_helper_is_not_typed_at_the_helpers_centre(
    database: Database,
) -> None:
    """Nor where it is not known who helped; at another centre it is, and about an office here."""
    cache = filled_cache()
    cache.put([public_service(GRIEVANCE, ministry="cabinet")])
    refused = (422, "helped_at_this_centre")
    async with running_api(database, cache) as api:
        number = (await Office(api).submit()).json()["tracking_number"]
        spelled = bangla_digits(f" {number.lower()}")
        assert await grieved(api, "uttara", about="helper", tracking_number=spelled) == refused
        assert await grieved(api, "gulshan", about="helper") == refused
        assert await grieved(api, "gulshan", about="helper", tracking_number="17") == refused
        assert (await grieved(api, "gulshan", about="helper", tracking_number=spelled))[0] == 201
        assert (await grieved(api, "uttara", about="office", tracking_number=number))[0] == 201


async def test_of_many_racing_attempts_at_a_mandate_one_succeeds(database: Database) -> None:
    """From several processes: each has a group of its own, and the database decides."""
    async with running_api(database) as one, running_api(database) as two:
        replies: list[Any] = []
        for _ in range(4):  # five mandates at once, so that groups have attempts at several
            offices = [
                Office(api, evidence, key)
                for evidence, key in (
                    (mandate_evidence(), ECKey.generate_key("P-256")) for _ in range(5)
                )
                for api in (one, two)
            ]
            attempts = [office.submit(key=str(new_id())) for _ in range(10) for office in offices]
            replies += await asyncio.gather(*attempts)
    assert sum(reply.status == 201 for reply in replies) == 20
    assert {reply.code for reply in replies if reply.status != 201} == {"mandate_used"}
    assert await applications(database) == 20
