"""The messages about an application, as its citizen is shown them, and nobody else."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from starlette.requests import Request
from starlette.types import ASGIApp
from typing_extensions import override

from libs.bangladesh.text import bangla_digits
from libs.clock import Clock
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_tracking_number
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import Caller, Citizen, TokenChecker, bearer_token
from libs.web.calling.client import HttpClient
from services.notifications.contacts.use_cases import save_contacts
from services.notifications.messages.routes import routes
from services.notifications.messages.use_cases import write_messages
from services.notifications.sending import queries
from tests.libs.web.running import Answer, app_with, ask
from tests.services.notifications.scenes import (
    CITIZEN,
    PHONE,
    TRACE,
    contact,
    decided,
    message_id_of,
    put,
    submitted,
)

NUMBER = new_tracking_number(UUID(int=1))
PATH = f"/v1/applications/{NUMBER}/messages"
_CITIZENS: Mapping[str, UUID] = {"rahima": CITIZEN, "karim": UUID(int=2)}


class KnownTokens(TokenChecker):
    """Accepts citizens' names as tokens."""

    @override
    async def check(self, request: Request) -> Caller:
        citizen_id = _CITIZENS.get(bearer_token(request))
        if citizen_id is None:
            raise Refused("token_invalid")
        return Citizen(citizen_id, frozenset({"citizen"}), citizen_id, expires_at_s=0)


@pytest.fixture
def app(database: Database) -> ASGIApp:
    """The routes on a real database."""
    client = HttpClient("identity", tracing=Tracing("test"), metrics=Metrics("test"))
    tokens = KnownTokens("http://127.0.0.1:9", client=client)
    return app_with(*routes.bind("notifications", [tokens, database, Clock()]))


async def get(app: ASGIApp, path: str = PATH, who: str = "rahima") -> Answer:
    """Read messages as a citizen."""
    return await ask(app, "GET", path, headers={"authorization": f"Bearer {who}"})


async def stored(database: Database) -> list[Any]:
    """A confirmation that was replaced, and a decision that did not arrive."""
    first = submitted().model_copy(update={"tracking_number": NUMBER})
    second = decided(first.application_id).model_copy(update={"tracking_number": NUMBER})
    async with database.transaction() as tx:
        await save_contacts(tx, [contact()])
        await write_messages(tx, [first])
        await write_messages(tx, [second])
        await put(tx, message_id_of(second), "failed")
        known = await queries.lock_progress(tx, [message_id_of(second)])
        failed = known[message_id_of(second)]._replace(reason="absent")
        await queries.save_progress(tx, [failed])
    return [first, second]


async def test_a_citizen_is_shown_what_became_of_the_messages(
    app: ASGIApp, database: Database
) -> None:
    """In the order of writing, with states, reasons, titles and traces."""
    events = await stored(database)
    got = await get(app)
    shown = got.json()["items"]
    assert got.status == 200
    assert [each["message_id"] for each in shown] == [str(message_id_of(event)) for event in events]
    assert [(each["template"], each["state"], each["reason"]) for each in shown] == [
        ("submitted", "cancelled", "superseded"),
        ("approved", "failed", "absent"),
    ]
    assert shown[1]["title"]["en"] == "SMS could not be delivered"
    assert all(each["changed_at"] >= each["at"] for each in shown)
    assert {each["trace_id"] for each in shown} == {TRACE.trace_id}


async def test_neither_number_nor_text_is_shown(app: ASGIApp, database: Database) -> None:
    """Who reads over a shoulder learns no phone number."""
    await stored(database)
    body = (await get(app)).body
    assert PHONE.encode() not in body
    assert {key for each in (await get(app)).json()["items"] for key in each} == {
        "message_id", "channel", "template", "state", "title", "at", "changed_at",
        "reason", "trace_id",
    }  # fmt: skip


async def test_another_citizens_messages_are_unknown(app: ASGIApp, database: Database) -> None:
    """The answer is that of a number that nobody has, or that is none."""
    await stored(database)
    anothers = await get(app, who="karim")
    nobodys = await get(app, PATH.replace(NUMBER, new_tracking_number(UUID(int=2))))
    malformed = await get(app, PATH.replace(NUMBER, "NS-1"))
    assert (anothers.status, nobodys.status, malformed.status) == (404, 404, 404)
    assert anothers.json()["type"] == "/problems/messages_unknown"
    assert (await get(app, who="nobody")).status == 401


async def test_a_tracking_number_is_read_in_any_spelling(app: ASGIApp, database: Database) -> None:
    """As everywhere else: small letters, Bangla digits, no prefix."""
    await stored(database)
    for spelling in (NUMBER.lower(), bangla_digits(NUMBER), NUMBER.removeprefix("NS-")):
        assert (await get(app, PATH.replace(NUMBER, spelling))).status == 200


async def test_messages_of_another_application_are_not_among_them(
    app: ASGIApp, database: Database
) -> None:
    """The same citizen may have many applications."""
    events = await stored(database)
    other = submitted().model_copy(update={"tracking_number": new_tracking_number(UUID(int=3))})
    async with database.transaction() as tx:
        await write_messages(tx, [other])
    shown = [each["message_id"] for each in (await get(app)).json()["items"]]
    assert shown == [str(message_id_of(event)) for event in events]
