"""What two people of the programme do with accounts."""

import asyncio
from typing import Any

import pytest

from libs.ids import new_id
from services.identity.staff.use_cases import disable_staff, set_initial_password, take_role
from tests.services.identity.mandates.running import Counter
from tests.services.identity.proposals.running import Programme
from tests.services.identity.running import Identity
from tests.services.identity.staff.scenes import PASSWORD, Account, secret_in

NEW = "river lantern seventeen maps"


@pytest.fixture
async def programme(identity: Identity) -> Programme:
    return await Programme.opened(identity)


async def test_a_forgotten_password_is_replaced_by_two_people(
    identity: Identity, programme: Programme
) -> None:
    """Not by one; the person begins with what is shown once, and the sessions are over."""
    karim = await Account.made(identity, role="officer")
    tokens = (await karim.log_in()).body
    identity.time.forward(seconds=30)
    proposed = await programme.propose("karim")
    assert proposed.status == 201, proposed.raw
    assert "initial_password" not in proposed.body
    (waiting,) = await programme.waiting()
    assert (waiting["username"], waiting["proposed_by"], waiting["is_mine"]) == (
        "karim",
        "salma",
        False,
    )
    alone = await programme.answer(proposed, who="salma")
    assert (alone.status, alone.problem) == (403, "second_person_needed")
    approved = await programme.answer(proposed)
    assert (approved.status, approved.headers["cache-control"]) == (200, "no-store")
    assert approved.body["authenticator_address"] is None
    assert (await identity.refresh(tokens["refresh_token"])).problem == "session_ended"
    assert (await karim.log_in()).problem == "staff_login_wrong"
    identity.time.forward(seconds=30)
    begun = await karim.change_password(NEW, password=approved.body["initial_password"])
    assert begun.status == 200
    assert await programme.waiting() == []
    again = await programme.answer(proposed)
    assert (again.status, again.problem) == (409, "approved_before")


async def test_a_lost_app_is_replaced_by_two_people(
    identity: Identity, programme: Programme
) -> None:
    """The password stays as it is."""
    karim = await Account.made(identity, role="officer")
    approved = await programme.answer(await programme.propose("karim", "new_app"))
    assert approved.body["initial_password"] is None
    assert (await karim.log_in()).problem == "staff_login_wrong"
    karim.secret = secret_in(approved.body["authenticator_address"])
    assert (await karim.log_in(password=PASSWORD)).status == 200


async def test_an_account_of_the_programme_is_opened_by_two_people(
    identity: Identity, programme: Programme
) -> None:
    """Its username is free when it is proposed and when it is approved."""
    taken = await programme.propose("salma", "programme_account")
    assert (taken.status, taken.problem) == (409, "staff_username_taken")
    malformed = await programme.propose("Mina Begum", "programme_account")
    assert malformed.problem == "staff_username_malformed"
    first = await programme.propose("mina", "programme_account")
    second = await programme.propose("mina", "programme_account", who="rafiq")
    approved = await programme.answer(first)
    assert approved.body["initial_password"]
    assert approved.body["authenticator_address"].startswith("otpauth://")
    late = await programme.answer(second, who="salma")
    assert (late.status, late.problem) == (409, "staff_username_taken")
    listed = await programme.call("/v1/staff")
    roles = {account["username"]: account["roles"] for account in listed.body["items"]}
    assert roles == {"mina": ["programme"], "rafiq": ["programme"], "salma": ["programme"]}


async def test_a_focal_point_is_opened_on_a_page_and_begins_again(
    identity: Identity, programme: Programme
) -> None:
    """From the letter that names one to the login no operator is needed, nor after a lost app."""
    body = {"username": "emdad", "role": "focal_point", "ministry": "lgd"}
    opened = await programme.call("/v1/staff", body)
    assert (opened.status, opened.body["roles"]) == (201, ["focal_point"])
    assert opened.body["initial_password"]
    assert opened.body["authenticator_address"].startswith("otpauth://")
    nowhere = await programme.call("/v1/staff", body | {"username": "mina", "ministry": None})
    assert (nowhere.status, nowhere.problem) == (422, "staff_ministry_unknown")
    assert nowhere.body["errors"][0]["pointer"] == "/ministry"
    operator = await programme.call("/v1/staff", body | {"username": "mina", "role": "operator"})
    assert operator.status == 422
    approved = await programme.answer(await programme.propose("emdad"))
    assert approved.body["initial_password"]


async def test_nobody_is_let_begin_again_by_herself_or_over_operators(
    identity: Identity, programme: Programme
) -> None:
    """An operator may do more than the programme; an unknown account has no beginning."""
    await Account.made(identity, "karim", role="operator")
    for username, problem in (
        ("salma", "own_account"),
        ("karim", "account_of_operators"),
        ("nobody", "staff_unknown"),
    ):
        assert (await programme.propose(username)).problem == problem
    await Account.made(identity, "mina", role="programme")
    about_rafiq = await programme.propose("rafiq")
    (waiting,) = await programme.waiting()
    assert waiting["not_by_me"] == "about_me"
    assert (await programme.answer(about_rafiq)).problem == "own_account"
    (waiting,) = await programme.waiting("salma")
    assert waiting["not_by_me"] == "mine"


async def test_a_programme_of_two_lets_nobody_of_its_own_begin_again(
    identity: Identity, programme: Programme
) -> None:
    """There would be nobody to approve; the account says so before anybody proposes it."""

    async def beginning(username: str) -> Any:
        listed = (await programme.call("/v1/staff")).body["items"]
        (staff_id,) = [row["staff_id"] for row in listed if row["username"] == username]
        return (await programme.account(staff_id)).body["new_beginning"]

    refused = await programme.propose("rafiq")
    assert (refused.status, refused.problem) == (409, "programme_too_small")
    assert await beginning("rafiq") == "too_few_people"
    assert await beginning("salma") == "own"
    mina = await Account.made(identity, "mina", role="programme")
    assert (await programme.call("/v1/proposals")).body["people"] == 3
    approved = await programme.answer(await programme.propose("mina"))
    assert approved.body["initial_password"]
    assert await beginning("rafiq") == "possible"
    async with identity.database.transaction() as tx:
        await disable_staff(tx, "mina", by="an operator")
    assert (await programme.propose("mina")).problem == "account_closed"
    assert await beginning("mina") == "closed"
    assert (await programme.propose("rafiq")).problem == "programme_too_small"
    nobody = await programme.account(new_id())
    assert (nobody.status, mina.staff.username) == (404, "mina")


async def test_a_proposal_is_rejected_or_taken_back(
    identity: Identity, programme: Programme
) -> None:
    """Also a measure against an uddokta; it is in the history with who said no, and why."""
    counter = await Counter.opened(identity)
    path = f"/v1/uddoktas/{counter.uddokta_id}/sanctions"
    await programme.call(path, {"kind": "pause", "reason": "a complaint"})
    (sanction,) = await programme.waiting()
    assert (sanction["kind"], sanction["username"]) == ("pause", "rahim")
    rejection = f"/v1/proposals/{sanction['proposal_id']}/rejection"
    unsaid = await programme.call(rejection, {}, who="rafiq")
    assert (unsaid.status, unsaid.problem) == (422, "rejection_without_reason")
    assert unsaid.body["errors"][0]["pointer"] == "/reason"
    rejected = await programme.call(rejection, {"reason": "it was another one"}, who="rafiq")
    assert rejected.status == 200, rejected.raw
    late = await programme.call(f"{path}/{sanction['proposal_id']}/approval", who="rafiq")
    assert (late.status, late.problem) == (409, "rejected_before")
    listed = await identity.call("GET", path, token=programme.tokens["salma"])
    (shown,) = listed.body["items"]
    assert (shown["proposed_by"], shown["rejected_by"], shown["approved_by"]) == (
        "salma",
        "rafiq",
        None,
    )
    assert shown["rejected_because"] == "it was another one"
    mine = await programme.propose("rahim")
    assert (await programme.answer(mine, "rejection", who="salma")).status == 200
    assert await programme.waiting() == []


async def test_a_measure_is_approved_from_the_list_too(
    identity: Identity, programme: Programme
) -> None:
    """It stops the uddokta as on the uddokta's own page."""
    counter = await Counter.opened(identity)
    path = f"/v1/uddoktas/{counter.uddokta_id}/sanctions"
    await programme.call(path, {"kind": "suspension", "reason": "a complaint"})
    (sanction,) = await programme.waiting()
    approved = await programme.call(
        f"/v1/proposals/{sanction['proposal_id']}/approval", who="rafiq"
    )
    assert (approved.status, approved.body["initial_password"]) == (200, None)
    identity.time.forward(seconds=30)
    await counter.log_in()
    own = await identity.call("GET", "/v1/uddokta", token=counter.token)
    assert own.body["state"] == "suspended"


async def test_two_pages_approve_one_measure_at_the_same_moment(
    identity: Identity, programme: Programme
) -> None:
    """The list and the uddokta's own page lock in one order: one approves, the other is told so."""
    counter = await Counter.opened(identity)
    path = f"/v1/uddoktas/{counter.uddokta_id}/sanctions"
    await programme.call(path, {"kind": "pause", "reason": "a complaint"})
    (sanction,) = await programme.waiting()
    pages = (f"{path}/{sanction['proposal_id']}", f"/v1/proposals/{sanction['proposal_id']}")
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    async with asyncio.TaskGroup() as tasks, identity.database.transaction() as tx:
        await tx.execute("SELECT FROM uddoktas FOR UPDATE")
        answers = []
        for number, page in enumerate(pages, start=1):
            answers.append(tasks.create_task(programme.call(f"{page}/approval", who="rafiq")))
            while await tx.fetchval(waiting) < number:
                await asyncio.sleep(0.02)
    assert sorted(answer.result().status for answer in answers) == [200, 409]


async def test_an_initial_password_begins_once(identity: Identity) -> None:
    """Of two people who use it at the same moment one begins; later it is wrong."""
    karim = await Account.made(identity)
    async with identity.database.transaction() as tx:
        initial = await set_initial_password(tx, "karim", by="rahim", at=identity.time())
    replies = await asyncio.gather(
        *(karim.change_password(f"{NEW} {n}", password=initial) for n in range(2))
    )
    assert sorted(reply.status for reply in replies) == [200, 401]
    identity.time.forward(seconds=30)
    assert (await karim.log_in(password=initial)).problem == "staff_login_wrong"


async def test_who_proposed_is_told_of_a_rejection_until_she_knows(
    identity: Identity, programme: Programme
) -> None:
    """By whom, and why; nobody else is, and what she took back herself is no news."""
    await Account.made(identity, "karim", role="officer")
    first, mine = await programme.propose("karim"), await programme.propose("karim", "new_app")
    await programme.answer(first, "rejection", reason="not seen in person")
    await programme.answer(mine, "rejection", who="salma")
    listed = (await programme.call("/v1/proposals")).body
    (told,) = listed["rejected"]
    assert listed["items"] == []
    assert (told["username"], told["rejected_by"]) == ("karim", "rafiq")
    assert told["rejected_because"] == "not seen in person"
    assert (await programme.call("/v1/proposals", who="rafiq")).body["rejected"] == []
    others = await programme.answer(first, "acknowledgement")
    assert (others.status, others.problem) == (404, "not_found")
    for _ in range(2):
        assert (await programme.answer(first, "acknowledgement", who="salma")).status == 200
    assert (await programme.call("/v1/proposals")).body["rejected"] == []


@pytest.mark.parametrize("how", ["disabled", "without the role"])
async def test_what_somebody_has_proposed_who_left_is_not_approved(
    identity: Identity, programme: Programme, how: str
) -> None:
    """Neither a new beginning nor a measure, on either page; a colleague rejects it."""
    await Account.made(identity, "karim", role="officer")
    counter = await Counter.opened(identity)
    path = f"/v1/uddoktas/{counter.uddokta_id}/sanctions"
    await programme.propose("karim")
    await programme.call(path, {"kind": "suspension", "reason": "a complaint"})
    async with identity.database.transaction() as tx:
        if how == "disabled":
            await disable_staff(tx, "salma", by="an operator")
        else:
            await take_role(tx, "salma", "programme", by="an operator")
    about_karim, about_rahim = await programme.waiting()
    assert about_karim["not_by_me"] == about_rahim["not_by_me"] == "proposer_left"
    for approval in (
        f"/v1/proposals/{about_karim['proposal_id']}/approval",
        f"/v1/proposals/{about_rahim['proposal_id']}/approval",
        f"{path}/{about_rahim['proposal_id']}/approval",
    ):
        refused = await programme.call(approval, who="rafiq")
        assert (refused.status, refused.problem) == (409, "proposer_left")
    assert len(await programme.waiting()) == 2
