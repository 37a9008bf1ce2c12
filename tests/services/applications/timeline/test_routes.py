import pytest

from libs.bangladesh.text import bangla_digits
from libs.database.pool import Database
from libs.ids import new_id, new_tracking_number
from tests.services.applications.running import running_api
from tests.services.applications.scenes import NAME, NOTE, decided


async def test_an_application_is_shown_with_its_timeline(database: Database) -> None:
    """The view has the status, the note, and titles and traces of the entries."""
    async with running_api(database) as api:
        submitted = (await api.submit()).json()
        decision = decided(submitted["application_id"], outcome="refused", note=NOTE)
        await api.consume(decision)
        seen = (await api.get(f"/v1/applications/{submitted['tracking_number']}")).json()
    assert (seen["status"], seen["decision_note"], seen["correction_note"]) == (
        "refused",
        NOTE.model_dump(),
        None,
    )
    assert [entry["title"]["en"] for entry in seen["timeline"]] == [
        "Application submitted",
        "Application refused",
    ]
    assert len(seen["timeline"][0]["trace_id"]) == 32
    assert seen["timeline"][1]["note"] == NOTE.model_dump()


async def test_a_citizens_applications_are_listed_newest_first_in_pages(database: Database) -> None:
    """`next` leads to the next page; other citizens' applications are not listed."""
    async with running_api(database) as api:
        empty = (await api.get("/v1/applications")).json()
        made = [(await api.submit(key=f"{n}")).json()["tracking_number"] for n in range(5)]
        await api.submit(key="x", who="karim")
        newest = (await api.get("/v1/applications?limit=1")).json()
        seen: list[str] = []
        path = "/v1/applications?limit=2"
        while path:
            page = (await api.get(path)).json()
            seen += [item["tracking_number"] for item in page["items"]]
            path = f"/v1/applications?limit=2&after={page['next']}" if page["next"] else ""
    assert (empty["items"], empty["next"]) == ([], None)
    assert newest["items"][0]["public_service_name"] == NAME.model_dump()
    assert seen == made[::-1]


async def test_a_tracking_number_is_read_in_any_spelling(database: Database) -> None:
    """Small letters, spaces, Bangla digits and a missing prefix are accepted."""
    async with running_api(database) as api:
        number = (await api.submit()).json()["tracking_number"]
        spellings = [
            number.lower(),
            number.replace("-", " "),
            bangla_digits(number),
            number.removeprefix("NS-"),
        ]
        replies = [await api.get(f"/v1/applications/{spelling}") for spelling in spellings]
    assert [reply.status for reply in replies] == [200] * 4


async def test_all_inaccessible_numbers_get_the_same_response(database: Database) -> None:
    """Another citizen's, an unused and a malformed number are the same 404 on all routes."""
    async with running_api(database) as api:
        number = (await api.submit()).json()["tracking_number"]
        free = new_tracking_number(new_id())
        replies = [
            await api.get(f"/v1/applications/{number}", who="karim"),
            await api.get(f"/v1/applications/{free}"),
            await api.get("/v1/applications/hello"),
            await api.post(f"/v1/applications/{number}/withdrawal", who="karim"),
            await api.post(f"/v1/applications/{number}/corrections", {"form": {}}, who="karim"),
        ]
    assert {(reply.status, reply.code) for reply in replies} == {(404, "application_unknown")}


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "after=x", "limit=-1"])
async def test_a_wrong_page_is_a_field_error(database: Database, query: str) -> None:
    """An invalid page parameter is 422, with a pointer to it."""
    async with running_api(database) as api:
        reply = await api.get(f"/v1/applications?{query}")
    assert (reply.status, reply.json()["errors"][0]["pointer"]) == (422, f"/{query.split('=')[0]}")
