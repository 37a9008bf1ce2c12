"""An uddokta prints the paper of a citizen who applied at the centre."""

from typing import Any

import orjson
import pytest

from libs.contracts.issuance import PaperPrinted
from libs.contracts.mandates import MANDATE_TYPE
from libs.contracts.topics import ISSUANCE
from libs.database.pool import Database
from libs.ids import new_id
from libs.messaging.envelope import decode
from tests.libs.web.running import Answer
from tests.services.issuance.running import Api, Uddokta
from tests.services.issuance.scenes import (
    NOW,
    NUMBER,
    RAHIMA,
    codes_of,
    granted,
    in_place_of,
    issued,
    own_papers,
    page_of,
    revoked,
)

LIST = f"/v1/assisted-applications/{NUMBER}/papers"


async def listed(api: Api, uddokta: Uddokta) -> list[Any]:
    """What the uddokta sees of the papers."""
    answer = await api.call("GET", LIST, uddokta.headers("GET", LIST))
    assert answer.status == 200, answer.body
    items: list[Any] = orjson.loads(answer.body)["items"]
    return items


async def printed(api: Api, uddokta: Uddokta, number: str, **changed: Any) -> Answer:
    """Print a paper."""
    path = f"{LIST}/{number}/prints"
    return await api.call("POST", path, uddokta.headers("POST", path, **changed))


async def journal(database: Database) -> list[Any]:
    """The journal of prints."""
    async with database.transaction() as tx:
        return await tx.fetch("SELECT * FROM paper_prints ORDER BY print_id")


async def announced_prints(database: Database) -> list[PaperPrinted]:
    """The prints that were announced."""
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT topic, headers, value FROM outbox ORDER BY position")
    found = []
    for row in rows:
        event = decode(ISSUANCE, row["topic"], row["headers"], row["value"])
        if isinstance(event, PaperPrinted):
            found.append(event)
    return found


async def test_a_paper_is_printed_and_its_citizen_sees_where_and_when(database: Database) -> None:
    """It is the same paper, with its codes; who printed which one stands in a journal."""
    await issued(database, granted())
    api, uddokta = Api(database), Uddokta()
    (paper,) = await listed(api, uddokta)
    assert (paper["state"], paper["prints"]) == ("valid", [])
    answer = await printed(api, uddokta, paper["number"])
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    link, _ = codes_of(page_of(answer.body))
    assert link.endswith(paper["number"])
    (row,) = await journal(database)
    (own,) = await own_papers(database)
    assert (row["paper_id"], row["uddokta_id"]) == (own.paper_id, uddokta.uddokta_id)
    assert (row["mandate_id"], row["service_centre_id"]) == (uddokta.mandate_id, "gulshan")
    seen = orjson.loads((await api.get(f"/v1/applications/{NUMBER}/papers", RAHIMA)).body)
    assert seen["items"][0]["prints"] == [
        {
            "service_centre_name": {"bn": "গুলশান", "en": "Gulshan"},
            "printed_at": NOW.isoformat().replace("+00:00", "Z"),
        }
    ]
    assert await listed(api, uddokta) == seen["items"]


@pytest.mark.parametrize("end", ["withdrawn", "replaced"])
async def test_a_paper_that_ended_is_not_printed(database: Database, end: str) -> None:
    """Neither before it is drawn nor while it is, and then nothing is in the journal."""
    first = granted()
    await issued(database, first)
    (paper,) = await own_papers(database)
    ends = revoked(first) if end == "withdrawn" else in_place_of(first)

    async def while_drawing() -> None:
        await issued(database, ends)

    uddokta = Uddokta()
    meanwhile = await printed(Api(database, while_drawing), uddokta, paper.number)
    assert (meanwhile.status, meanwhile.json()["type"].rsplit("/", 1)[-1]) == (410, f"paper_{end}")

    async def is_not_drawn() -> None:
        raise AssertionError("it is drawn")

    before = await printed(Api(database, is_not_drawn), uddokta, paper.number)
    assert before.status == 410
    assert await journal(database) == []
    states = {each["number"]: each["state"] for each in await listed(Api(database), uddokta)}
    assert states[paper.number] == end


async def test_the_right_is_for_one_application_of_one_citizen(database: Database) -> None:
    """Not for another's paper, not with the token to send, and each proof counts once."""
    await issued(database, granted())
    (paper,) = await own_papers(database)
    api = Api(database)
    assert await listed(api, Uddokta(citizen_id=new_id())) == []
    assert (await printed(api, Uddokta(citizen_id=new_id()), paper.number)).status == 404
    other = Uddokta(number="NS-7K4M9-PXRT3-HC2D3")
    assert "mandate_for_another" in (await printed(api, other, paper.number)).body.decode()
    sender = Uddokta()
    sender.allowed = {**sender.allowed, "type": MANDATE_TYPE}
    assert "mandate_for_another" in (await printed(api, sender, paper.number)).body.decode()
    assert (await api.get(LIST, RAHIMA)).status == 401
    uddokta = Uddokta()
    path = f"{LIST}/{paper.number}/prints"
    headers = uddokta.headers("POST", path)
    statuses = [(await api.call("POST", path, headers)).status for _ in range(2)]
    assert statuses[0] == 200
    assert statuses[1] in {400, 401}
    stolen = await printed(api, uddokta, paper.number, key=Uddokta().key)
    assert stolen.status in {400, 401, 403, 409}
    assert len(await journal(database)) == 1
