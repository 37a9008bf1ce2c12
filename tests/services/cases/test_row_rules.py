"""Officers of another office, ministry, area or duty try every address of cases.

The gateway forwards these requests byte for byte, and adds no right of its own
(`tests/services/gateway/forwarding`).
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import pytest

from libs.clock import Clock
from libs.contracts.applications import SubmissionMade
from libs.contracts.identity import StandIn
from libs.database.pool import Database
from libs.ids import new_id
from libs.journeys.part import Journeys
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import TokenChecker
from libs.web.calling.client import HttpClient
from libs.web.handling.routes import DeclaredRoute
from operations.declarations import routes_of
from services.cases.journeys.use_cases import read_own_part
from services.cases.officers.use_cases import save_officers
from services.cases.settings import Settings
from services.cases.stalled.rules import Search
from services.cases.stalled.use_cases import keep_found
from tests.libs.web.running import Answer, Identity, app_with, ask, served
from tests.services.cases.scenes import MEMBER, NOW, Desk, acted, changed_officer, submitted

DECLARED: Final = sorted(routes_of("services.cases"), key=lambda declared: "{" in declared.path)
DUTIES: Final = ("ward_member", "secretary", "chairman", "accounts", "bulk")
NUMBER: Final = "NS-7K4M9-PXRT3-HC2D3"
UNKNOWN_NUMBER: Final = "NS-00000-00000-00000"
OWN: Final = "secretary of the office"
_PAPER: Final = "/v1/decision-papers/{tracking_number}"
OF_CASE: Final = {
    "GET /v1/cases/{case_id}",
    "POST /v1/cases/{case_id}/acts",
    "PUT /v1/cases/{case_id}/assignment",
    "DELETE /v1/cases/{case_id}/assignment",
    "POST /v1/cases/{case_id}/papers/{document_id}",
    "POST /v1/cases/{case_id}/hand-in-permits",
    "POST /v1/cases/{case_id}/handed-in",
    "DELETE /v1/cases/{case_id}/handed-in/{document_id}",
    f"GET {_PAPER}",
    f"POST {_PAPER}/proposals",
    f"POST {_PAPER}/proposals/{{proposal_id}}/approval",
    f"POST {_PAPER}/proposals/{{proposal_id}}/rejection",
}
"""Addresses of one case: for a stranger there is no such case."""
OF_POOL: Final = {
    "GET /v1/cases/pools/{list_id}",
    *(f"POST /v1/cases/pools/{{list_id}}/{act}" for act in ("tie", "confirmation", "cancellation")),
}
"""Addresses of one list of a pool (`tests/services/cases/pools` has lists that exist)."""
LISTS: Final = {
    f"GET /v1/cases{path}"
    for path in ("", "/counts", "/bulk", "/bulk/cases", "/overdue", "/figures", "/pools")
} | {"POST /v1/cases/bulk", "POST /v1/cases/pools", "GET /v1/decision-papers"}
"""Addresses of an officer's own work: a stranger finds nothing of the case there."""
OF_OTHERS: Final = {
    "GET /v1/applications/{tracking_number}/looks",
    "GET /v1/operations/{service}/journeys/{tracking_number}",
    "GET /v1/operations/version-changes",
    "GET /v1/operations/version-changes/{change_id}",
    "POST /v1/operations/version-changes",
    "POST /v1/operations/version-changes/{change_id}/start",
    "POST /v1/operations/version-changes/{change_id}/cancellation",
}
"""Addresses of citizens, operators and the programme, at which no officer is taken."""
QUERIES: Final = {
    "GET /v1/cases/bulk/cases": "?duty=secretary&workflow=S005@1&step=prepare",
    "GET /v1/cases/figures": "?by=office",
    "GET /v1/operations/{service}/journeys/{tracking_number}": f"?application_id={UUID(int=1)}",
}


@dataclass(frozen=True)
class Stranger:
    """Somebody who has nothing to do with a case: the token, and what identity announced.

    Args:
        ministry: of the token, as office, area and roles.
        announced: fields of the officer that differ from the token's.
        status: of every answer; None where it depends on the address.
    """

    ministry: str | None = "lgd"
    office: str | None = "union-U2393"
    area: str | None = None
    roles: tuple[str, ...] = ("officer",)
    announced: Mapping[str, Any] | None = None
    status: int | None = None


def stands_in(since: int, until: int) -> tuple[StandIn, ...]:
    """All duties of the office for a colleague, from a day to another, counted from today."""
    first, last = (NOW + timedelta(days=since)).date(), (NOW + timedelta(days=until)).date()
    return tuple(
        StandIn(duty=duty, since=first, until=last, absent_id=UUID(int=5)) for duty in DUTIES
    )


STRANGERS: Final[Mapping[str, Stranger]] = {
    "other office": Stranger(office="union-U1"),
    "other ministry, same office": Stranger(ministry="minland"),
    "other duty": Stranger(announced={"duties": ("technical_officer",)}),
    "superior of another area": Stranger(
        office="district-3026", area="3026", announced={"duties": (*DUTIES, "head")}
    ),
    "superior in another ministry": Stranger(
        "minland", "headquarters", announced={"duties": (*DUTIES, "head")}
    ),
    "no duty any more": Stranger(announced={"duties": ()}, status=403),
    "no officer any more": Stranger(announced={"active": False}, status=403),
    "moved to another office": Stranger(announced={"office_id": "union-U1"}, status=403),
    "moved from another office": Stranger(
        office="union-U1", announced={"office_id": "union-U2393"}, status=403
    ),
    "qualification ended": Stranger(
        announced={"acts_until": (NOW - timedelta(days=1)).date()}, status=403
    ),
    "deputy before the absence": Stranger(
        announced={"duties": (), "stands_in": stands_in(1, 9)}, status=403
    ),
    "deputy after the absence": Stranger(
        announced={"duties": (), "stands_in": stands_in(-9, -1)}, status=403
    ),
    "token of no office": Stranger(office=None, status=403),
    "token of a later role": Stranger(roles=("inspector",), status=403),
    "citizen": Stranger(None, None, roles=("citizen",), status=403),
    "nobody": Stranger(None, None, roles=(), status=401),
}


class Town:
    """A case of a citizenship certificate, and callers with tokens of identity."""

    def __init__(self, database: Database, identity: Identity, url: str, client: HttpClient):
        self.desk = Desk(database)
        self._identity = identity
        provided = [
            TokenChecker(url, client=client),
            database,
            Clock(lambda: NOW),
            Settings(),
            Journeys("cases", read_own_part),
        ]
        self._app = app_with(*(DeclaredRoute(one, "cases", provided) for one in DECLARED))

    async def token(self, caller: Stranger) -> str | None:
        """Log somebody in, whom identity has announced if the role is an officer's."""
        if not caller.roles:
            return None
        account = new_id()
        if "officer" in caller.roles and caller.office:
            fields = {
                "officer_id": account,
                "ministry": caller.ministry,
                "office_id": caller.office,
                "area": caller.area,
                "duties": DUTIES,
                **(caller.announced or {}),
            }
            async with self.desk.database.transaction() as tx:
                await save_officers(tx, [changed_officer(**fields)])
        post: dict[str, Any] = {
            "ministry": caller.ministry,
            "office": caller.office,
            "area": caller.area,
        }
        return self._identity.token(sub=str(account), roles=list(caller.roles), **post)

    async def call(self, address: str, token: str | None, case_id: UUID, number: str) -> Answer:
        """Send a request about a case."""
        method, path = address.split()
        path = path.format(
            case_id=case_id,
            tracking_number=number,
            service="cases",
            change_id=UUID(int=9),
            proposal_id=UUID(int=9),
            document_id=UUID(int=9),
            list_id=UUID(int=9),
        )
        headers = {"accept-language": "en"} | (
            {"authorization": f"Bearer {token}"} if token else {}
        )
        body = body_of(address, case_id)
        if body is None:
            return await ask(self._app, method, path + QUERIES.get(address, ""), headers=headers)
        return await ask(self._app, method, path, headers=headers, json=body)

    async def stored(self) -> list[tuple[Any, ...]]:
        """All that an officer can change of the case."""
        return await self.desk.rows(
            """
            SELECT revision, (SELECT count(*) FROM case_looks), (SELECT count(*) FROM outbox),
                   (SELECT count(*) FROM tasks WHERE assigned_to IS NOT NULL)
              FROM cases
            """
        )


def body_of(address: str, case_id: UUID) -> dict[str, Any] | None:
    """A body with which the office's secretary would do something."""
    if address == "POST /v1/cases/bulk":
        example = dict(example_of(address))
        return {**example, "cases": [{"case_id": str(case_id), "revision": 2}]}
    return dict(example_of(address)) if example_of(address) else None


def example_of(address: str) -> Mapping[str, Any]:
    return next(one.example or {} for one in DECLARED if f"{one.method} {one.path}" == address)


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    identity = Identity()
    client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
    async with client, served(identity.show) as url:
        town = Town(database, identity, url, client)
        await town.desk.prepare()
        yield town


async def worked_on(town: Town) -> SubmissionMade:
    """A case that an office has, and that its member has confirmed."""
    first = submitted()
    await town.desk.take_in(first)
    await acted(town.desk, MEMBER, first.event_id, "confirm")
    return first


def test_every_address_is_tried() -> None:
    """A new one is listed with what strangers find there, or nobody has thought of it."""
    declared = {f"{one.method} {one.path}" for one in DECLARED}
    assert declared == OF_CASE | OF_POOL | LISTS | OF_OTHERS
    with_officers = {f"{one.method} {one.path}" for one in DECLARED if "officer" in one.roles}
    assert with_officers == OF_CASE | OF_POOL | LISTS


@pytest.mark.parametrize("service", ["documents", "issuance", "applications"])
def test_no_other_service_shows_an_officer_anything(service: str) -> None:
    """What an officer reads of a paper or a decision comes from cases, or by its link."""
    shown = {one.path for one in routes_of(f"services.{service}") if "officer" in one.roles}
    assert shown <= {"/v1/case-papers/{token}"}


@pytest.mark.parametrize("who", sorted(STRANGERS))
async def test_a_stranger_finds_no_trace_of_a_case(town: Town, who: str) -> None:
    """Each answer is that about a case which does not exist, and nothing is changed or noted."""
    stranger = STRANGERS[who]
    first = submitted() if who == "other duty" else await worked_on(town)
    if who == "other duty":  # the file of an office is read by its officers once they had it
        await town.desk.take_in(first)
    token, before = await town.token(stranger), await town.stored()
    for address in sorted(OF_CASE | OF_POOL | LISTS | OF_OTHERS):
        unknown = new_id()
        answer = await town.call(address, token, first.event_id, NUMBER)
        other = await town.call(address, token, unknown, UNKNOWN_NUMBER)
        assert said(answer, first.event_id) == said(other, unknown), address
        assert not any(word in said(answer)[1] for word in (NUMBER, "রহিমা", "union-U2393"))
        check_status(address, stranger, answer.status)
    assert await town.stored() == before


def said(answer: Answer, case_id: UUID | None = None) -> tuple[int, str]:
    """An answer without what is another one each time: trace, and the id that was asked for."""
    document = orjson.loads(answer.body) if answer.body else {}
    if isinstance(document, dict):
        document.pop("trace_id", None)
        document.pop("instance", None)
    text = orjson.dumps(document).decode()
    return answer.status, text.replace(str(case_id), "…") if case_id else text


def check_status(address: str, stranger: Stranger, status: int) -> None:
    """Refused, or an empty list of the own work."""
    is_citizens = address.endswith("/looks") and stranger.roles == ("citizen",)
    if is_citizens:
        assert status == 200
    elif stranger.status is not None:
        assert status == stranger.status, address
    elif address in OF_CASE | OF_POOL:
        assert status == 404, address
    else:
        assert status in ({403} if address in OF_OTHERS else {200, 403}), address


async def test_an_officer_of_the_case_finds_it_at_these_addresses(town: Town) -> None:
    """Else the strangers would prove nothing."""
    first = await worked_on(town)
    token = await town.token(Stranger(announced={"duties": (*DUTIES, "head")}))
    stranger = await town.token(STRANGERS["superior of another area"])
    without_case = {
        "POST /v1/cases/bulk",
        "GET /v1/cases/pools",
        "POST /v1/cases/pools",
        "GET /v1/cases/overdue",
        "GET /v1/decision-papers",
    }
    for address in sorted(LISTS - without_case):
        answer = await town.call(address, token, first.event_id, NUMBER)
        other = await town.call(address, stranger, first.event_id, NUMBER)
        assert answer.status == 200, address
        assert said(answer) != said(other), address
    answer = await town.call("GET /v1/cases/{case_id}", token, first.event_id, NUMBER)
    assert (answer.status, answer.json()["form"]["name_bn"]) == (200, "রহিমা খাতুন")
    for address in ("PUT /v1/cases/{case_id}/assignment", "DELETE /v1/cases/{case_id}/assignment"):
        assert (await town.call(address, token, first.event_id, NUMBER)).status in {200, 204}
    answer = await town.call("POST /v1/cases/{case_id}/acts", token, first.event_id, NUMBER)
    assert (answer.status, answer.json()["revision"]) == (200, 3)


async def test_a_focal_point_sees_where_nobody_goes_on_in_the_own_ministry_only(
    town: Town,
) -> None:
    """By office and duty, without a case; the programme sees all of it."""
    first = await worked_on(town)
    async with town.desk.database.transaction() as tx:
        await keep_found(tx, Search(found=(first.event_id,)), NOW)
    found = {}
    for who, (ministry, role) in {
        "own": ("lgd", "focal_point"),
        "other": ("psd", "focal_point"),
        "programme": (None, "programme"),
        "none": (None, "focal_point"),
    }.items():
        token = await town.token(Stranger(ministry, None, roles=(role,)))
        answer = await town.call("GET /v1/cases/overdue", token, first.event_id, NUMBER)
        found[who] = answer.status, [row["office_id"] for row in answer.json().get("unmanned", [])]
        assert NUMBER not in answer.body.decode()
    assert found == {
        "own": (200, ["union-U2393"]),
        "other": (200, []),
        "programme": (200, ["union-U2393"]),
        "none": (403, []),
    }
