"""Applications of a town, and the rules that move them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts.applications import SubmitApplication
from libs.contracts.catalogue import RoutingRule
from libs.contracts.language import Text
from libs.database.pool import Database
from libs.ids import new_id
from libs.web.handling.idempotency import IdempotentRequest, fingerprint_of
from services.applications.lifecycle.consumers import router as ministries
from services.applications.moves import use_cases
from services.applications.moves.rules import Move
from services.applications.public_services.cache import PublicServiceCache
from services.applications.submissions.use_cases import prepare, submit_batch
from tests.consuming import consuming
from tests.services.applications.scenes import (
    NOW,
    RAHIMA,
    TODAY,
    outbox_events,
    papers,
    public_service,
    submission_body,
)

LATER = NOW + timedelta(minutes=2)


def rule(office_id: str, version: int, **fields: Any) -> RoutingRule:
    """Return a version of the one rule of birth registration."""
    return RoutingRule(
        **{
            "rule_id": "r",
            "version": version,
            "valid_from": TODAY,
            "address": "registration_place",
            "office_kind": "upazila",
            "office_id": office_id,
            "office_name": Text(bn="কার্যালয় ক", en="Office A"),
            **fields,
        }
    )


class Town:
    """Applications for birth registration, while the rules change."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.services = PublicServiceCache()
        self.rules()

    def rules(self, *rules: RoutingRule, **fields: Any) -> None:
        """Let these rules hold."""
        self.services.put([public_service("S001", routing=rules, event_id=new_id(), **fields)])

    async def submit(
        self, citizen: UUID = RAHIMA, at: datetime = NOW, **more: Any
    ) -> tuple[UUID, str]:
        """Apply; return id and tracking number."""
        request = IdempotentRequest(citizen, str(new_id()), fingerprint_of("POST", "/", b"{}"))
        body = SubmitApplication(**submission_body())
        one = prepare(request, body, self.services, papers(citizen).receipts, at=at, **more)
        async with self.database.transaction() as tx:
            await submit_batch(tx, [one])
            await tx.execute("DELETE FROM outbox")
        return one.new.application.application_id, one.new.application.tracking_number

    async def plan(self) -> Move:
        """Plan a move and count it."""
        async with self.database.transaction() as tx:
            move = await use_cases.plan(
                tx, self.services, "S001", on_day=None, reason="zones", by="rahima", at=NOW
            )
        await self.go_on(NOW)
        return await self.read(move.move_id)

    async def start(self, move: Move, expected: int | None = None) -> None:
        """Start a move."""
        count = move.planned.total() if expected is None else expected
        async with self.database.transaction() as tx:
            await use_cases.start(tx, move.move_id, expected=count, by="karim", at=NOW)

    async def go_on(self, at: datetime = LATER, *, limit: int = 2) -> int:
        """Do portions until nothing is left to do; return how many."""
        portions = 0
        while True:
            async with self.database.transaction() as tx:
                if not await use_cases.go_on(tx, self.services, at=at, limit=limit):
                    return portions
            portions += 1

    async def move(self) -> Move:
        """Plan, start and do a move."""
        move = await self.plan()
        await self.start(move)
        await self.go_on()
        return await self.read(move.move_id)

    async def read(self, move_id: UUID) -> Move:
        """Read a move."""
        async with self.database.transaction() as tx:
            return await use_cases.read_move(tx, move_id)

    async def published(self) -> list[dict[str, Any]]:
        """Return what was published."""
        async with self.database.transaction() as tx:
            return await outbox_events(tx)

    async def says(self, event: Any) -> list[str]:
        """Let a ministry say something; return why it was refused."""
        async with self.database.transaction() as tx, consuming(ministries, tx) as consume:
            await consume(event)
            return [refusal.code for _, refusal in consume.refused]
