from datetime import datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import KeySet

from libs.bangladesh.calendar import dhaka_date, end_of_day
from libs.contracts.identity import SessionEnded
from libs.contracts.offices import Post
from libs.web.callers.tokens import Staff, verify
from tests.services.identity.mandates.running import Counter
from tests.services.identity.running import Identity, Reply, announced
from tests.services.identity.staff.scenes import Account


@pytest.fixture
async def salma(identity: Identity) -> Account:
    """A person of the programme."""
    return await Account.made(identity, "salma", role="programme")


@pytest.fixture
async def karim(identity: Identity) -> Account:
    """An operator."""
    return await Account.made(identity, "karim", role="operator")


async def give(salma: Account, to: Account, role: str = "officer", **body: Any) -> Reply:
    """Give an account a role, or take it with `method="DELETE"`, right after a login."""
    salma.identity.time.forward(seconds=30)
    token = (await salma.log_in()).body["access_token"]
    path = f"/v1/staff/{to.staff.staff_id}/roles/{role}"
    method = body.pop("method", "PUT")
    return await salma.identity.call(method, path, body if method == "PUT" else None, token=token)


async def caller(account: Account) -> tuple[Staff, Any]:
    """Log in, and read the token as every service reads it; with the tokens."""
    account.identity.time.forward(seconds=30)
    tokens = (await account.log_in()).body
    shown = await account.identity.call("GET", "/.well-known/jwks.json")
    found = verify(tokens["access_token"], KeySet.import_key_set(shown.body))
    assert isinstance(found, Staff)
    return found, tokens


def until_noon(identity: Identity) -> datetime:
    """Set the time to noon in Dhaka, so that no test runs over the end of a day."""
    identity.time.at = end_of_day(dhaka_date(identity.time.at)) + timedelta(hours=12)
    return identity.time.at


async def test_a_role_that_has_ended_is_not_in_the_next_token(
    identity: Identity, salma: Account, karim: Account
) -> None:
    """A session ends with the first of its roles; the next one has the others."""
    today = dhaka_date(until_noon(identity))
    given = await give(salma, karim, until=today.isoformat(), ministry="lgd")
    assert [(each["role"], each["until"]) for each in given.body["items"]] == [
        ("officer", today.isoformat()),
        ("operator", None),
    ]
    identity.time.at = end_of_day(today) - timedelta(minutes=5)
    staff, tokens = await caller(karim)
    assert staff.roles == {"officer", "operator"} == set(tokens["roles"])
    assert staff.post == Post("lgd")
    assert staff.expires_at_s <= end_of_day(today).timestamp()
    identity.time.forward(minutes=5)
    assert (await identity.refresh(tokens["refresh_token"])).problem == "session_ended"
    staff, _ = await caller(karim)
    assert staff.roles == {"operator"}
    assert staff.post is None


async def test_the_last_day_of_all_is_no_end(
    identity: Identity, salma: Account, karim: Account
) -> None:
    """No day follows it at whose beginning the session would end."""
    until_noon(identity)
    given = await give(salma, karim, until="9999-12-31", ministry="lgd")
    assert given.status == 200
    staff, _ = await caller(karim)
    assert staff.roles == {"officer", "operator"}


async def test_a_role_that_is_given_or_taken_ends_the_sessions(
    identity: Identity, salma: Account, karim: Account
) -> None:
    """Of that account only, and every service hears of it; a repeat changes nothing."""
    until_noon(identity)
    for change in ({"ministry": "lgd"}, {"method": "DELETE"}):
        staff, tokens = await caller(karim)
        assert (await give(salma, karim, **change)).status < 300
        assert (await identity.refresh(tokens["refresh_token"])).problem == "session_ended"
        ended = [
            each for each in await announced(identity.database) if isinstance(each, SessionEnded)
        ]
        assert ended[-1].revoked_id == staff.session_id
    staff, tokens = await caller(karim)
    assert staff.roles == {"operator"}
    assert (await give(salma, karim, method="DELETE")).status == 204
    assert (await identity.refresh(tokens["refresh_token"])).status == 200


async def test_nobody_logs_in_without_a_role(
    identity: Identity, salma: Account, karim: Account
) -> None:
    """Whoever shows everything is told; the journal has the reason."""
    today = dhaka_date(until_noon(identity))
    officer = await Account.made(identity, "rahim", role="officer")
    assert (await give(salma, officer, until=today.isoformat())).status == 200
    identity.time.at = end_of_day(today)
    assert (await officer.log_in()).problem == "staff_account_without_role"
    assert await officer.outcomes() == ["no_role"]
    assert (await karim.log_in()).status == 200


@pytest.mark.parametrize(
    ("role", "body", "problem"),
    [
        ("emperor", {}, "staff_role_unknown"),
        ("operator", {}, "staff_role_not_given_here"),
        ("uddokta", {}, "staff_role_not_given_here"),
        ("officer", {}, "staff_ministry_unknown"),
        ("officer", {"ministry": "nowhere"}, "staff_ministry_unknown"),
        ("district_staff", {}, "district_unknown"),
        ("district_staff", {"district": "9999"}, "district_unknown"),
        ("leadership", {"district": "3026"}, "district_unknown"),
    ],
)
async def test_a_role_is_given_only_where_it_may_be(
    salma: Account, karim: Account, role: str, body: dict[str, str], problem: str
) -> None:
    """The programme gives roles of ministries; an operator is made by a command."""
    assert (await give(salma, karim, role, **body)).problem == problem


async def test_a_role_at_one_ministry_does_not_move_those_at_another(
    identity: Identity, salma: Account
) -> None:
    """The ministry is the account's: a grant at another would take the others along."""
    officer = await Account.made(identity, "rahim", role="officer")
    home = officer.staff.ministry
    refused = await give(salma, officer, "editor", ministry="mofa")
    assert refused.problem == "staff_at_other_ministry"
    assert (await give(salma, officer, "editor", ministry=home)).status == 200
    for role in ("officer", "editor"):
        moved = await give(salma, officer, role, ministry="mofa")
        assert moved.problem == "staff_at_other_ministry"
    assert (await give(salma, officer, "editor", method="DELETE")).status == 204
    assert (await give(salma, officer, ministry="mofa")).status == 200


async def test_nobody_gives_herself_a_role(salma: Account) -> None:
    """Another person of the programme has to."""
    assert (await give(salma, salma, ministry="lgd")).problem == "staff_role_own"
    assert (await give(salma, salma, method="DELETE")).problem == "staff_role_own"


async def test_an_uddokta_has_no_other_role(identity: Identity, salma: Account) -> None:
    """So that she does not sanction herself."""
    uddokta = await Account.made(identity, "rahim", role="uddokta")
    reply = await give(salma, uddokta, ministry="lgd")
    assert reply.problem == "staff_role_not_given_here"


async def test_only_the_programme_gives_roles(karim: Account, salma: Account) -> None:
    """An operator's token does not."""
    assert (await give(karim, salma, ministry="lgd")).problem == "role_missing"


async def test_a_token_of_the_staff_of_a_district_names_it(
    identity: Identity, salma: Account, karim: Account
) -> None:
    """Also after a refresh; the next district ends the logins, and none is left with the role."""
    until_noon(identity)
    given = await give(salma, karim, "district_staff", district="3026")
    assert [role["district"] for role in given.body["items"]] == ["3026", None]
    staff, tokens = await caller(karim)
    assert (staff.district, staff.post) == ("3026", None)
    again = await identity.refresh(tokens["refresh_token"])
    shown = await identity.call("GET", "/.well-known/jwks.json")
    renewed = verify(again.body["access_token"], KeySet.import_key_set(shown.body))
    assert isinstance(renewed, Staff)
    assert renewed.district == "3026"
    await give(salma, karim, "district_staff", district="2015")
    refused = await identity.refresh(again.body["refresh_token"])
    assert refused.problem == "session_ended"
    assert (await caller(karim))[0].district == "2015"
    await give(salma, karim, "district_staff", method="DELETE")
    assert (await caller(karim))[0].district is None


async def test_the_staff_of_a_district_read_its_centres_only(
    identity: Identity, salma: Account, karim: Account
) -> None:
    """One of another district is as if it were not there."""
    until_noon(identity)
    await Counter.opened(identity)
    for district, status in (("3026", 200), ("2015", 422)):
        await give(salma, karim, "district_staff", district=district)
        _, tokens = await caller(karim)
        found = await identity.call("GET", "/v1/centres/gulshan", token=tokens["access_token"])
        assert found.status == status
        assert status == 200 or found.problem == "service_centre_unknown"


async def test_accounts_are_read_by_their_ids(
    identity: Identity, salma: Account, karim: Account
) -> None:
    """Several in one answer."""
    token = (await salma.log_in()).body["access_token"]
    both = [str(account.staff.staff_id) for account in (salma, karim)]
    for ids, found in ((both, ["karim", "salma"]), (both[:1], ["salma"])):
        path = f"/v1/staff?ids={','.join(ids)}"
        listed = (await identity.call("GET", path, token=token)).body["items"]
        assert [account["username"] for account in listed] == found
    assert (await identity.call("GET", "/v1/staff?ids=nobody", token=token)).status == 422
