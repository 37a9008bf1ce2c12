from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.database.pool import Database
from libs.ids import new_id, new_tracking_number
from services.applications.drafts import use_cases
from services.applications.drafts.rules import KEPT, MOST_DRAFTS
from tests.services.applications.running import Api, running_api
from tests.services.applications.scenes import NOW

ANSWERS = {"typed": {"name_bn": "রহিমা", "birth_date.day": "৩১"}}


def draft(revision: int = 0, **answers: Any) -> dict[str, Any]:
    return {
        "public_service_id": "S001",
        "form_version": 1,
        "revision": revision,
        "answers": answers or ANSWERS,
    }


async def ids_of(api: Api, who: str = "rahima") -> list[str]:
    listed = (await api.get("/v1/drafts", who)).json()["items"]
    return [one["draft_id"] for one in listed]


async def test_a_draft_is_kept_as_it_was_typed(database: Database) -> None:
    """Whatever the front end puts in comes out again, with the name of the service."""
    async with running_api(database) as api:
        path = f"/v1/drafts/{new_id()}"
        saved = (await api.post(path, draft())).json()
        read = (await api.get(path)).json()
    assert read == saved
    assert (read["answers"], read["revision"]) == (ANSWERS, 1)
    assert read["public_service_name"]["bn"] == "জন্ম নিবন্ধন"


async def test_a_repeat_changes_nothing_and_another_change_is_not_written_over(
    database: Database,
) -> None:
    """The same save again gets the same answer; one that has not seen the last change gets 409."""
    async with running_api(database) as api:
        path = f"/v1/drafts/{new_id()}"
        first = [(await api.post(path, draft())).json()["revision"] for _ in range(2)]
        second, again = [(await api.post(path, draft(1, here="second"))).json() for _ in range(2)]
        late = await api.post(path, draft(1, here="late"))
        read = (await api.get(path)).json()
    assert (first, again) == ([1, 1], second)
    assert (late.status, late.code) == (409, "draft_changed")
    assert read["answers"] == second["answers"] == {"here": "second"}


async def test_a_damaged_draft_is_one_clear_problem_and_stands_in_the_list(
    database: Database,
) -> None:
    """The process goes on, and the citizen's other drafts are there."""
    async with running_api(database) as api:
        damaged, whole = [str(new_id()) for _ in range(2)]
        for each in (damaged, whole):
            await api.post(f"/v1/drafts/{each}", draft())
        async with database.transaction() as tx:
            await tx.execute(
                "UPDATE drafts SET content = left(content, 60) WHERE draft_id = $1", UUID(damaged)
            )
        refused = await api.get(f"/v1/drafts/{damaged}")
        assert (refused.status, refused.code) == (500, "record_damaged")
        assert set(await ids_of(api)) == {damaged, whole}
        assert (await api.get(f"/v1/drafts/{whole}")).status == 200


async def test_nobody_else_sees_or_changes_a_draft(database: Database) -> None:
    """Another citizen's draft is unknown, whatever one does to it."""
    number = new_tracking_number(new_id())
    async with running_api(database) as api:
        path = f"/v1/drafts/{new_id()}"
        await api.post(path, draft())
        answers = [
            await api.get(path, "karim"),
            await api.post(path, draft(1, here="karim"), who="karim"),
            await api.post(f"{path}/application", {"tracking_number": number}, who="karim"),
        ]
        headers = {"authorization": "Bearer karim"}
        assert (await api.send("DELETE", path, b"", headers)).status == 204
        assert await ids_of(api, "karim") == []
        assert (await api.get(path)).json()["answers"] == ANSWERS
    assert {answer.code for answer in answers} == {"draft_unknown"}


async def test_a_draft_that_became_an_application_keeps_its_number_only(
    database: Database,
) -> None:
    """Its content is gone, it is not listed and cannot change; a repeat gets the same."""
    async with running_api(database) as api:
        number = (await api.submit()).json()["tracking_number"]
        path = f"/v1/drafts/{new_id()}"
        await api.post(path, draft())
        closed = [
            (await api.post(f"{path}/application", {"tracking_number": given})).json()
            for given in (number.lower(), number)
        ]
        assert await ids_of(api) == []
        assert (await api.post(path, draft(1))).code == "draft_submitted"
        assert (await api.get(path)).json() == closed[0] == closed[1]
    assert (closed[0]["tracking_number"], closed[0]["answers"]) == (number, {})


async def test_a_draft_is_deleted_by_its_owner_and_after_thirty_days(database: Database) -> None:
    """Thirty days count from the last change."""
    async with running_api(database) as api:
        paths = [f"/v1/drafts/{new_id()}" for _ in range(2)]
        for path in paths:
            await api.post(path, draft())
        headers = {"authorization": "Bearer rahima"}
        assert (await api.send("DELETE", paths[0], b"", headers)).status == 204
        assert (await api.get(paths[0])).code == "draft_unknown"
        api.now = NOW + KEPT + timedelta(seconds=1)
        assert (await api.get(paths[1])).code == "draft_unknown"
        assert await ids_of(api) == []
        async with database.transaction() as tx:
            assert await use_cases.delete_old_drafts(tx, at=NOW + KEPT) == 0
            assert await use_cases.delete_old_drafts(tx, at=api.now) == 1


async def test_a_deleted_draft_does_not_come_back(database: Database) -> None:
    """A late save from another window gets 404, and nothing is stored."""
    async with running_api(database) as api:
        path = f"/v1/drafts/{new_id()}"
        await api.post(path, draft())
        await api.send("DELETE", path, b"", {"authorization": "Bearer rahima"})
        late = await api.post(path, draft(1, here="late"))
        assert (late.status, late.code) == (404, "draft_unknown")
        assert await ids_of(api) == []


async def test_a_citizen_has_so_many_drafts_at_most(database: Database) -> None:
    """One more is refused, whatever revision it names; those that are there can be changed."""
    async with running_api(database) as api:
        paths = [f"/v1/drafts/{new_id()}" for _ in range(MOST_DRAFTS)]
        for path in paths:
            assert (await api.post(path, draft())).status == 200
        assert (await api.post(f"/v1/drafts/{new_id()}", draft())).code == "drafts_too_many"
        assert (await api.post(f"/v1/drafts/{new_id()}", draft(1))).code == "draft_unknown"
        assert (await api.post(paths[0], draft(1, here="changed"))).status == 200


@pytest.mark.parametrize(
    "body",
    [{}, {**draft(), "revision": -1}, {**draft(), "answers": []}, {**draft(), "more": 1}],
)
async def test_a_bad_draft_is_refused_at_its_field(database: Database, body: Any) -> None:
    """422 names the field; nothing is kept."""
    async with running_api(database) as api:
        refused = await api.post(f"/v1/drafts/{new_id()}", body)
        assert (refused.status, await ids_of(api)) == (422, [])
    assert refused.json()["errors"]
