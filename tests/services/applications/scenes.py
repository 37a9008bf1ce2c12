"""Scenes that the tests of applications set: a case, a catalogue, a citizen with a token."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import orjson
from starlette.types import ASGIApp, Message

from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.language import Text
from libs.database.group import GroupCommit
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id, new_tracking_number
from libs.messaging.envelope import trace_of, unpack_headers
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.trace_context import TraceContext
from libs.web.app import make_app
from services.applications.api.own import OwnApplications
from services.applications.api.routes import Routes
from services.applications.api.submitting import Submitting
from services.applications.domain.life import Application
from services.applications.domain.lodging import Answers, lodge
from services.applications.domain.offers import OfferBook, PublicService, public_service_of
from services.applications.store import cases, lodgings
from tests.services.applications.filling import bundled, right_answers, rules

MINISTRY = "lgd"
NOTE = Text(bn="জন্ম তারিখ ঠিক করুন", en="Correct the date of birth")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
TRACE = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
RAHIMA = UUID("0190bbbb-0000-7000-8000-000000000001")
KARIM = UUID("0190bbbb-0000-7000-8000-000000000002")


def application(**fields: Any) -> Application:
    """A case as it stands after the click, but for the fields given."""
    application_id = fields.pop("application_id", UUID("0190cccc-0000-7000-8000-000000000001"))
    return Application(
        **{
            "application_id": application_id,
            "tracking_number": new_tracking_number(application_id),
            "citizen_id": RAHIMA,
            "public_service_id": "S001",
            "ministry": MINISTRY,
            "status": "submitted",
            "submitted_at": NOW,
            "due_on": date(2026, 12, 10),
            "trace": TRACE,
            **fields,
        }
    )


async def opened(tx: Transaction, count: int = 1, **fields: Any) -> list[Application]:
    """Cases that stand in the database."""
    made = [application(application_id=new_id(), **fields) for _ in range(count)]
    await lodgings.insert_lodged(tx, [lodge(each, Answers({}, 1)) for each in made])
    await tx.execute("TRUNCATE submissions, timeline")
    await cases.save_applications(tx, made)
    return made


def offer_told(public_service_id: str = "S001", **fields: Any) -> PublicServiceChanged:
    """What the catalogue tells of one of the ten services with a form of their own."""
    return PublicServiceChanged(
        **{
            "occurred_at": NOW,
            "public_service_id": public_service_id,
            "ministry": MINISTRY,
            "name": Text(bn="জন্ম নিবন্ধন", en="Birth registration"),
            "category": "identity",
            "fee_bdt": 50,
            "service_deadline_days": 7,
            "required_documents_bn": (),
            "form_version": 1,
            "form_schema": bundled(public_service_id),
            "form_rules": rules(public_service_id),
            "open": True,
            **fields,
        }
    )


def public_service(public_service_id: str = "S001", **fields: Any) -> PublicService:
    """The copy of what the catalogue tells."""
    return public_service_of(offer_told(public_service_id, **fields))


def filled_book() -> OfferBook:
    """Birth registration, and a trade licence that is closed."""
    book = OfferBook()
    book.put([public_service("S001"), public_service("S010", open=False)])
    return book


def wish(public_service_id: str = "S001", **fields: Any) -> dict[str, Any]:
    """The body of a right submission."""
    return {"public_service_id": public_service_id, "form": right_answers("S001"), **fields}


@dataclass
class Clock:
    """A clock that is set by hand."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class _Caller:
    citizen_id: UUID


@dataclass
class KnownTokens:
    """Knows the citizens of the scene by their names as tokens."""

    known: dict[str, UUID] = field(default_factory=lambda: {"rahima": RAHIMA, "karim": KARIM})

    async def check(self, request: Any) -> _Caller:
        """As TokenChecker does."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            raise Refused("token_missing")
        if token not in self.known:
            raise Refused("token_invalid")
        return _Caller(self.known[token])


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


@dataclass
class Desk:
    """The service's web application with people before it."""

    app: ASGIApp
    book: OfferBook
    clock: Clock

    async def apply(self, key: str = "first-click", who: str = "rahima", **fields: Any) -> Reply:
        """Apply as a citizen does."""
        headers = {"idempotency-key": key}
        return await self.post("/v1/applications", wish(**fields), who, headers)

    async def get(self, path: str, who: str = "rahima") -> Reply:
        """Look at something."""
        return await self.ask("GET", path, b"", {"authorization": f"Bearer {who}"})

    async def post(
        self,
        path: str,
        body: Any = None,
        who: str = "rahima",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Do something."""
        sent = {
            "authorization": f"Bearer {who}",
            "content-type": "application/json",
            **(headers or {}),
        }
        return await self.ask("POST", path, b"" if body is None else orjson.dumps(body), sent)

    async def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send raw bytes, as the server would hand them on."""
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("test", 80),
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        parts = b"".join(message.get("body", b"") for message in sent[1:])
        return Reply(sent[0]["status"], answered, parts)


@asynccontextmanager
async def desk(database: Database) -> AsyncIterator[Desk]:
    """The routes over a real database, with a group commit that runs."""
    book, clock, stop = filled_book(), Clock(), asyncio.Event()
    submitting = Submitting(book, clock)
    group = GroupCommit("submit", database, submitting.write)
    own = OwnApplications(database, book, clock)
    routes = Routes(database, KnownTokens(), submitting, group, own)  # type: ignore[arg-type]
    app = make_app(
        routes.routes(),
        service="applications",
        tracing=Tracing("applications"),
        metrics=Metrics("applications"),
        health=dict,
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(group.run(stop))
        try:
            yield Desk(app, book, clock)
        finally:
            stop.set()


async def count(database: Database, table: str) -> int:
    """How many rows a table has."""
    async with database.transaction() as tx:
        rows: int = await tx.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
        return rows


async def told(database: Database) -> list[dict[str, Any]]:
    """What waits in the outbox, in order: topic, type, trace and value."""
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT topic, record_value, headers FROM outbox ORDER BY outbox_id")
    events = []
    for row in rows:
        headers = unpack_headers(row["headers"])
        trace = trace_of(headers)
        events.append(
            {
                "topic": row["topic"],
                "type": dict(headers)["ce_type"].decode(),
                "id": dict(headers)["ce_id"].decode(),
                "trace_id": trace.trace_id if trace else None,
                "value": orjson.loads(row["record_value"]),
            }
        )
    return events
