"""Declared routes: what a handler's signature means, and what the caller gets."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NewType
from uuid import UUID

import pytest
from pydantic import BaseModel
from pydantic_settings import BaseSettings
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from libs.contracts.language import Language
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import ANY_ROLE, Citizen, Staff, TokenChecker
from libs.web.calling.client import HttpClient
from libs.web.handling.idempotency import IdempotencyKey, IdempotentRequest, fingerprint_of
from libs.web.handling.limits import BODY_LIMIT_BYTES, RouteLimits
from libs.web.handling.parameters import Dependency, Query
from libs.web.handling.routes import Routes
from libs.web.header import Header
from tests.libs.web.running import CITIZEN, Answer, Identity, app_with, ask, served


class Note(BaseModel):
    """A note."""

    text: str
    count: int = 1


class Secret(BaseSettings):
    """Settings of a service."""

    secret: str


@dataclass(frozen=True)
class Store:
    """What routes ask for."""

    prefix: str


@dataclass(frozen=True)
class Form:
    """What a request has sent."""

    note: Note


def app(routes: Routes, *provided: object) -> ASGIApp:
    return app_with(*routes.bind("test", provided))


@pytest.fixture
def routes() -> Routes:
    return Routes()


@pytest.fixture
def identity() -> Identity:
    return Identity()


@pytest.fixture
async def tokens(identity: Identity) -> AsyncIterator[TokenChecker]:
    client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
    async with client, served(identity.show) as url:
        yield TokenChecker(url, client=client)


async def test_path_body_and_provided_objects_reach_the_handler(routes: Routes) -> None:
    """Each parameter is read from where its type says; the answer is the model, as JSON."""

    @routes.post("/notes/{name}/{number}", status=201, headers={"cache-control": "no-store"})
    async def add(name: str, number: UUID, note: Note, store: Store) -> Note:
        """Add."""
        return Note(text=f"{store.prefix} {name} {number.version} {note.text}", count=note.count)

    address = "/notes/a/0190aaaa-0000-7000-8000-000000000001"
    got = await ask(app(routes, Store("kept")), "POST", address, json={"text": "b", "count": 2})
    assert (got.status, got.json()) == (201, {"text": "kept a 7 b", "count": 2})
    assert got.headers["cache-control"] == "no-store"
    wrong = await ask(app(routes, Store("kept")), "POST", "/notes/a/1", json={"text": "b"})
    assert (wrong.status, wrong.code) == (404, "not_found")


Visitor = NewType("Visitor", str)


async def test_a_service_reads_arguments_of_types_of_its_own(routes: Routes) -> None:
    """In the order in which they are provided, and before the handler: a later one may refuse."""
    read: list[str] = []

    async def note_of(request: Request) -> Note:
        read.append("note")
        return Note(text=request.headers.get("x-note", ""))

    async def visitor_of(request: Request) -> Visitor:
        read.append("visitor")
        if "x-visitor" not in request.headers:
            raise Refused("not_found")
        return Visitor(request.headers["x-visitor"])

    @routes.get("/greeting")
    async def greet(visitor: Visitor, store: Store) -> Note:
        """Greet."""
        read.append("handler")
        return Note(text=f"{store.prefix} {visitor}")

    @routes.post("/both")
    async def greet_with_form(visitor: Visitor, form: Form) -> Note:
        """Greet, and say what was sent."""
        return Note(text=f"{visitor} {form.note.text}")

    async def form_of(request: Request) -> Form:
        return Form(await note_of(request))

    served_app = app(
        routes, Dependency(Form, form_of), Dependency(Visitor, visitor_of), Store("hello")
    )
    got = await ask(served_app, "GET", "/greeting", headers={"x-visitor": "rahima"})
    assert (got.json()["text"], read) == ("hello rahima", ["visitor", "handler"])
    read.clear()
    refused = await ask(served_app, "POST", "/both", headers={"x-note": "a"})
    assert (refused.status, read) == (404, ["note", "visitor"])


async def test_what_needs_a_token_is_not_stored(
    routes: Routes, identity: Identity, tokens: TokenChecker
) -> None:
    """No cache keeps what only its caller may see, however it is answered."""

    @routes.get("/model")
    async def model(_: Citizen) -> Note:
        """Answer with a model."""
        return Note(text="a")

    @routes.get("/response")
    async def response(_: Citizen) -> Response:
        """Answer with a response."""
        return Response("a")

    @routes.delete("/nothing")
    async def nothing(_: Citizen) -> None:
        """Answer with nothing."""

    @routes.get("/public")
    async def public() -> Note:
        """Answer anybody."""
        return Note(text="a")

    headers = {"authorization": f"Bearer {identity.token()}"}
    for method, path in (("GET", "/model"), ("GET", "/response"), ("DELETE", "/nothing")):
        got = await ask(app(routes, tokens), method, path, headers=headers)
        assert got.headers["cache-control"] == "no-store", path
    assert "cache-control" not in (await ask(app(routes, tokens), "GET", "/public")).headers


async def test_settings_come_from_the_service_and_never_from_the_caller(routes: Routes) -> None:
    """Settings are a pydantic model too, but no body: a caller cannot choose a secret."""

    @routes.post("/secret")
    async def show(settings: Secret, raw: bytes) -> Note:
        """Show."""
        return Note(text=f"{settings.secret} {raw.decode()}")

    got = await ask(app(routes, Secret(secret="ours")), "POST", "/secret", json={"secret": "mine"})
    assert got.json()["text"] == 'ours {"secret":"mine"}'


async def test_a_model_is_the_query_of_a_get(routes: Routes) -> None:
    """Texts become numbers; what will not is told by its field."""

    @routes.get("/notes")
    async def find(wanted: Note) -> Note:
        """Find."""
        return wanted

    assert (await ask(app(routes), "GET", "/notes?text=a&count=3")).json()["count"] == 3
    got = await ask(app(routes), "GET", "/notes?text=a&count=many")
    assert (got.status, got.code) == (422, "bad_query")
    assert got.json()["errors"][0] == {
        "pointer": "/count",
        "code": "not_whole_number",
        "message": "একটি পূর্ণ সংখ্যা দিন।",
    }


async def test_query_header_language_and_raw_body_are_read_where_they_are_asked_for(
    routes: Routes,
) -> None:
    """A POST may have a query; a signature is over the bytes as they came."""

    @routes.post("/notes")
    async def add(
        raw: bytes,
        wanted: Annotated[Note, Query],
        language: Language,
        last: Annotated[str | None, Header("Last-Event-ID", "The last seen")],
        request: Request,
    ) -> Response:
        """Add."""
        return PlainTextResponse(f"{raw!r} {wanted.text} {language} {last} {request.method}")

    headers = {"accept-language": "en", "last-event-id": "7"}
    got = await ask(app(routes), "POST", "/notes?text=q", chunks=[b"{ }"], headers=headers)
    assert got.body == b"b'{ }' q en 7 POST"


async def test_nothing_is_answered_with_204(routes: Routes) -> None:
    """A handler that returns None has no content to answer with."""

    @routes.delete("/notes")
    async def remove() -> None:
        """Remove."""

    got = await ask(app(routes), "DELETE", "/notes")
    assert (got.status, got.body) == (204, b"")


async def test_failures_of_handlers_are_problems(routes: Routes) -> None:
    """A refusal has its problem document, on declared routes as on any."""

    @routes.post("/notes")
    async def add(note: Note) -> Note:
        """Add."""
        raise Refused("application_unknown")

    assert (await ask(app(routes), "POST", "/notes", json={"text": "a"})).code == (
        "application_unknown"
    )
    got = await ask(app(routes), "POST", "/notes", json={"texts": "a"})
    assert (got.status, got.code) == (422, "wrong_shape")


async def with_token(app: ASGIApp, identity: Identity, *roles: str, **headers: str) -> Answer:
    shown = {"authorization": f"Bearer {identity.token(roles=list(roles))}", **headers}
    return await ask(app, "POST", "/notes", headers=shown, chunks=[b"abc"])


async def test_citizens_are_known_by_their_token(
    routes: Routes, identity: Identity, tokens: TokenChecker
) -> None:
    """Without a token the body is not read, and 401 is answered."""

    @routes.post("/notes")
    async def add(citizen: Citizen, key: IdempotencyKey) -> Response:
        """Add."""
        return PlainTextResponse(f"{citizen.citizen_id} {key}")

    made = app(routes, tokens)
    assert (await ask(made, "POST", "/notes")).code == "token_missing"
    for roles in ((), ("operator",), ("citizen", "officer")):
        assert (await with_token(made, identity, *roles)).code == "role_missing"
    assert (await with_token(made, identity, "citizen")).code == "idempotency_key_missing"
    bad = await with_token(made, identity, "citizen", **{"idempotency-key": "a b"})
    assert bad.code == "idempotency_key_malformed"
    got = await with_token(made, identity, "citizen", **{"idempotency-key": "k"})
    assert got.body.decode() == f"{CITIZEN} k"


@pytest.mark.parametrize(
    ("roles", "refused", "accepted"),
    [
        (("operator",), ("citizen",), ("operator",)),
        (("operator", "trainer"), ("officer",), ("officer", "trainer")),
        (ANY_ROLE, ("citizen",), ("trainer",)),
        (ANY_ROLE, (), ("operator",)),
    ],
)
async def test_staff_need_one_of_the_roles(
    routes: Routes,
    identity: Identity,
    tokens: TokenChecker,
    roles: Collection[str],
    refused: Sequence[str],
    accepted: Sequence[str],
) -> None:
    """A token without any of the roles is refused with 403; a new role needs no change here."""

    @routes.post("/notes", roles=roles)
    async def add(staff: Staff) -> Response:
        """Add."""
        return PlainTextResponse(staff.actor)

    made = app(routes, tokens)
    assert (await with_token(made, identity, *refused)).code == "role_missing"
    assert (await with_token(made, identity, *accepted)).body.decode() == f"staff:{CITIZEN}"


async def test_a_dangerous_act_needs_a_login_of_the_last_minutes(
    routes: Routes, identity: Identity, tokens: TokenChecker
) -> None:
    """A session that was confirmed six minutes ago, or never, is asked to confirm it again."""

    @routes.post("/notes", roles=("operator",), recent_login=True)
    async def add(staff: Staff) -> Response:
        """Add."""
        return PlainTextResponse(staff.actor)

    made = app(routes, tokens)
    now = int(time.time())
    for auth_time, status in ((now - 240, 200), (now - 360, 401), (None, 401)):
        token = identity.token(roles=["operator"], auth_time=auth_time)
        got = await ask(made, "POST", "/notes", headers={"authorization": f"Bearer {token}"})
        assert got.status == status
        assert status == 200 or got.code == "recent_login_needed"


async def test_a_repeatable_request_is_told_by_caller_key_and_content(
    routes: Routes, identity: Identity, tokens: TokenChecker
) -> None:
    """An optional idempotency header may be missing."""

    @routes.post("/notes")
    async def add(asked: IdempotentRequest | None) -> Response:
        """Add."""
        expected = IdempotentRequest(CITIZEN, "k", fingerprint_of("POST", "/notes", b"abc"))
        return PlainTextResponse("none" if asked is None else str(asked == expected))

    made = app(routes, tokens)
    assert (await with_token(made, identity, "citizen")).body == b"none"
    key = {"idempotency-key": "k"}
    assert (await with_token(made, identity, "citizen", **key)).body == b"True"
    assert (await with_token(made, identity, "operator", **key)).code == "role_missing"


async def test_a_transaction_is_committed_before_the_answer_and_undone_by_a_failure(
    routes: Routes, database: Database
) -> None:
    """The transaction is committed before the answer, or rolled back."""
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE note (text text)")

    @routes.post("/notes")
    async def add(tx: Transaction, note: Note) -> None:
        """Add."""
        await tx.execute("INSERT INTO note VALUES ($1)", note.text)
        if note.count > 1:
            raise Refused("not_found")

    made = app(routes, database)
    assert (await ask(made, "POST", "/notes", json={"text": "kept"})).status == 204
    assert (await ask(made, "POST", "/notes", json={"text": "gone", "count": 2})).status == 404
    async with database.transaction() as tx:
        assert [row["text"] for row in await tx.fetch("SELECT text FROM note")] == ["kept"]


async def test_a_route_may_have_a_deadline_and_a_size_of_its_own(routes: Routes) -> None:
    """An upload is larger and takes longer than the rest of its service."""

    async def size(request: Request) -> Response:
        """Say how large the body is."""
        return PlainTextResponse(str(len(await request.body())))

    async def wait() -> None:
        """Take for ever."""
        await asyncio.Event().wait()

    routes.add("POST", "/large", size, limits=RouteLimits(body_bytes=2 * BODY_LIMIT_BYTES))
    routes.add("POST", "/usual", size)
    routes.add("GET", "/slow", wait, limits=RouteLimits(deadline_s=0.01))
    body = b"x" * (BODY_LIMIT_BYTES + 1)
    assert (await ask(app(routes), "POST", "/large", chunks=[body])).status == 200
    assert (await ask(app(routes), "POST", "/usual", chunks=[body])).status == 413
    assert (await ask(app(routes), "GET", "/slow")).status == 503


async def test_a_body_may_be_streamed(routes: Routes) -> None:
    """A handler that takes the request and no body reads chunk by chunk."""

    @routes.post("/uploads")
    async def upload(request: Request) -> Response:
        """Say in which pieces the body came."""
        return PlainTextResponse(b"|".join([chunk async for chunk in request.stream() if chunk]))

    got = await ask(app(routes), "POST", "/uploads", chunks=[b"a", b"b"])
    assert got.body == b"a|b"


async def test_the_place_of_the_service_is_filled_with_its_name(routes: Routes) -> None:
    """Several services declare the same route, and each answers for itself alone."""

    @routes.get("/v1/operations/{service}/state")
    async def tell() -> None:
        """Tell."""

    assert (await ask(app(routes), "GET", "/v1/operations/test/state")).status == 204
    assert (await ask(app(routes), "GET", "/v1/operations/other/state")).status == 404


async def without_type(note) -> None:  # type: ignore[no-untyped-def]
    ...


async def without_answer(note: Note) -> int:
    """Answers with what is no JSON object."""
    return note.count


async def staff_of_no_role(staff: Staff) -> None:
    """Says not which role."""


@pytest.mark.parametrize("handler", [without_type, without_answer, staff_of_no_role])
def test_a_signature_without_meaning_is_refused_when_declared(routes: Routes, handler: Any) -> None:
    """A mistake shows at import, not at the first request."""
    with pytest.raises(TypeError, match=handler.__name__):
        routes.add("POST", "/notes", handler)


def test_a_path_parameter_must_be_taken(routes: Routes) -> None:
    """What stands in the path means something to its handler."""

    async def show() -> None:
        """Show."""

    with pytest.raises(TypeError, match="show does not take name"):
        routes.add("GET", "/notes/{name}", show)


@pytest.mark.parametrize(("provided", "how_many"), [([], "none"), (["a", "b"], "several")])
def test_what_is_not_provided_once_is_refused_when_built(
    routes: Routes, provided: list[str], how_many: str
) -> None:
    """A service that could not answer does not start."""

    @routes.get("/notes")
    async def show(store: Store) -> None:
        """Show."""

    with pytest.raises(LookupError, match=f"show asks for one .*{how_many}"):
        routes.bind("test", [Store(each) for each in provided])
