from datetime import timedelta
from typing import Any

import pytest

from libs.database.pool import Database
from services.programme.bodies.use_cases import record_services
from tests.services.programme.bodies.scenes import LAND, MOPA, announced
from tests.services.programme.running import NOW, Api

BODIES = "/v1/programme/bodies"
DUE = "2026-06-10"
FACT = {
    "day": "2026-06-01",
    "evidence": "letter 03.00 of 1 June",
}
LETTER = {**FACT, "kind": "letter_sent", "asks": ["list"], "due_on": DUE}
VENDOR = {**FACT, "kind": "vendor_named", "vendor": "Deshi Soft"}


@pytest.fixture
def api(database: Database) -> Api:
    return Api(database)


async def listed(api: Api, query: str = "") -> list[Any]:
    return list((await api.call("GET", f"{BODIES}?{query}")).json()["items"])


async def test_the_longest_overdue_body_is_first_and_says_why(api: Api) -> None:
    """With the step, its day, and the working days since then; the list can be filtered."""
    for body, due_on in ((MOPA, "2026-06-20"), (LAND, DUE), ("fd", "2026-07-20")):
        sent = {**LETTER, "due_on": due_on}
        assert (await api.call("POST", f"{BODIES}/{body}/facts", sent)).status == 201
    first, second, third, *_ = await listed(api, "limit=100")
    assert [first["body"], second["body"], third["body"]] == [LAND, MOPA, "fd"]
    assert (first["overdue"]["step"], first["overdue"]["due_on"]) == ("list", DUE)
    assert (first["overdue"]["late_working_days"], third["overdue"]) == (14, None)
    overdue = await listed(api, "show=overdue")
    assert [body["body"] for body in overdue] == [LAND, MOPA]
    assert [body["body"] for body in await listed(api, "show=due")] == ["fd"]
    assert len(await listed(api, "show=not_asked&limit=100")) == 50
    assert [body["body"] for body in await listed(api, "q=land")][:1] == [LAND]


async def test_the_league_table_has_those_that_owe_by_rank(api: Api) -> None:
    """Equal ones share a rank, the late one is last; leaders read it, and record nothing."""
    await api.call("POST", f"{BODIES}/{LAND}/facts", LETTER)
    leader = "adviser leadership"
    answer = await api.call("GET", f"{BODIES}?show=league&limit=100", who=leader)
    table = answer.json()["items"]
    assert (len(table), table[-1]["body"]) == (53, LAND)
    assert [body["rank"] for body in table] == [1] * 52 + [53]
    assert (await api.call("GET", f"{BODIES}/{LAND}", who=leader)).json()["facts"] != []
    refused = await api.call("POST", f"{BODIES}/{LAND}/facts", VENDOR, who=leader)
    assert refused.status == 403


async def test_the_list_is_read_in_pages(api: Api) -> None:
    """All 67, none twice; of those that owe no list the page says who answers."""
    seen: list[str] = []
    after = ""
    while True:
        page = (await api.call("GET", f"{BODIES}?limit=25{after}")).json()
        seen += [body["body"] for body in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert (page["owing"], page["bodies"]) == (53, 67)
    assert (len(seen), len(set(seen))) == (67, 67)
    finance = (await api.call("GET", f"{BODIES}/mof")).json()
    assert (finance["summary"]["owes_list"], finance["summary"]["answered_by"]) == (
        False,
        ["fd", "ird", "erd", "fid"],
    )


async def test_a_body_has_all_its_facts_with_evidence_and_who(api: Api) -> None:
    """A corrected one stays, with what corrects it; a repeated announcement is no news."""
    async with api.database.transaction() as tx:
        later = NOW - timedelta(days=1)
        await record_services(tx, [announced("S001"), announced("S001", occurred_at=later)])
    first = (await api.call("POST", f"{BODIES}/{LAND}/facts", VENDOR)).json()
    not_so = {**FACT, "kind": "not_so", "corrects": first["fact_id"]}
    second = (await api.call("POST", f"{BODIES}/{LAND}/facts", not_so)).json()
    body = (await api.call("GET", f"{BODIES}/{LAND}")).json()
    kinds = {fact["kind"]: fact for fact in body["facts"]}
    assert len(body["facts"]) == 3
    assert kinds["vendor_named"]["corrected_by"] == second["fact_id"]
    assert kinds["vendor_named"]["evidence"] == "letter 03.00 of 1 June"
    assert kinds["vendor_named"]["recorded_by"].startswith("staff:")
    assert kinds["service_changed"]["recorded_by"] == "catalogue"
    (service,) = body["public_services"]
    assert (service["public_service_id"], service["is_online"]) == ("S001", False)


@pytest.mark.parametrize("who", ["karim officer lgd", "mina uddokta", "rina citizen", "nobody"])
async def test_only_the_programmes_staff_reads_and_records(api: Api, who: str) -> None:
    """Whoever has another role is refused before anything is read."""
    for method, path, body in (
        ("GET", BODIES, None),
        ("GET", f"{BODIES}/{LAND}", None),
        ("POST", f"{BODIES}/{LAND}/facts", VENDOR),
    ):
        assert (await api.call(method, path, body, who=who)).status in {401, 403}


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"asks": []}, "/asks"),
        ({"due_on": None}, "/due_on"),
        ({"kind": "service_changed"}, "/kind"),
        ({"day": "2026-02-30"}, "/day"),
        ({"evidence": "a\u0000b c"}, "/evidence"),
    ],
)
async def test_a_malformed_fact_is_refused_at_its_field(
    api: Api, changed: dict[str, Any], pointer: str
) -> None:
    answer = await api.call("POST", f"{BODIES}/{LAND}/facts", {**LETTER, **changed})
    assert (answer.status, answer.pointers[0]) == (422, pointer)
