"""Figures of identity: checks of tokens, codes of consents, racing uses of mandates."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request

from libs.contracts.mandates import MandateEvidence
from libs.database.pool import Database
from libs.ids import new_id
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.tokens import TokenChecker
from libs.web.calling.client import HttpClient
from services.applications.mandates.rules import MandateUse
from services.applications.mandates.use_cases import use_mandates
from tools.demo.measures import percentile
from tools.ledger import LedgerReader, received_at
from tools.virtual_users.citizen import Api, Citizen
from tools.virtual_users.counter import Counter

_SERVICE: Final = "S001"
_CODE_TIMEOUT_S: Final = 60.0
_CONNECTIONS: Final = 8
_MANDATES_A_TRANSACTION: Final = 50
_SEED: Final = 17


async def check_tokens(gateway: str, tokens: Sequence[str], rounds: int) -> dict[str, float]:
    """Measure the check of the gateway on this process's CPU: of a new token, and of a known one.

    Args:
        gateway: its address, which has identity's key set.
        tokens: headers of citizens who are logged in.
        rounds: how often each is checked again.
    """
    client = HttpClient("identity", tracing=Tracing("bench"), metrics=Metrics("bench"))
    checker = TokenChecker(f"{gateway}/.well-known/jwks.json", client=client)
    asked = [
        Request({"type": "http", "headers": [(b"authorization", each.encode())]}) for each in tokens
    ]
    async with _running(client, checker):
        first_s = time.process_time()
        for request in asked:
            await checker.check(request)
        then_s = time.process_time()
        for _ in range(rounds):
            for request in asked:
                await checker.check(request)
        last_s = time.process_time()
    return {
        "fresh_cpu_ms": round(1000 * (then_s - first_s) / len(asked), 4),
        "seen_cpu_ms": round(1000 * (last_s - then_s) / (len(asked) * rounds), 5),
    }


@asynccontextmanager
async def _running(client: HttpClient, checker: TokenChecker) -> AsyncIterator[None]:
    """Run what checks tokens until it has fetched the key set, and while the body runs."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(client.run(stop))
        tasks.create_task(checker.run(stop))
        while not checker.health().ready:  # noqa: ASYNC110 -- it has no event for it
            await asyncio.sleep(0.05)
        yield
        stop.set()


async def send_consent_codes(
    counter: Counter, reader: LedgerReader, api: Api, count: int
) -> dict[str, Any]:
    """Ask citizens for a consent, one after another; return how long codes took to the operator.

    From the request to the gateway until the SMS operator has the message.
    """
    tracing, asked_at = Tracing("bench"), dict[str, datetime]()
    for _ in range(count):
        citizen = Citizen(api, reader, tracing, traced=False)
        wanted = {"public_service_id": _SERVICE, "phone": citizen.phone}
        asked_at[citizen.phone] = datetime.now(UTC)
        await counter.post("/v1/mandates", wanted, status=201, headers=dict(citizen.headers))
        await reader.code_for(citizen.phone, within_s=_CODE_TIMEOUT_S)
    waits_ms = sorted(
        1000 * (received_at(row) - asked_at[row["to"]]).total_seconds()
        for row in await reader.messages()
        if row["to"] in asked_at
    )
    return {
        "codes": len(waits_ms),
        "p50_ms": percentile(waits_ms, 0.5),
        "p99_ms": percentile(waits_ms, 0.99),
    }


async def race_mandates(dsn: str, *, mandates: int, attempts_each: int) -> dict[str, Any]:
    """Use each mandate many times at once, over eight connections; count what was accepted.

    Args:
        dsn: of the database of applications.
        mandates: how many there are.
        attempts_each: how often each is tried, each time for another application.
    """
    at = datetime.now(UTC)
    tries = [new_id() for _ in range(mandates)] * attempts_each
    Random(_SEED).shuffle(tries)  # noqa: S311 -- a run must be repeatable
    accepted: list[UUID] = []
    database = Database(dsn, connections=_CONNECTIONS)

    async def worker(mine: Sequence[UUID]) -> None:
        for start in range(0, len(mine), _MANDATES_A_TRANSACTION):
            uses = [
                MandateUse(new_id(), _evidence(mandate_id, at))
                for mandate_id in mine[start : start + _MANDATES_A_TRANSACTION]
            ]
            async with database.transaction() as tx:
                refused = await use_mandates(tx, uses)
            accepted.extend(
                each.evidence.mandate_id for each in uses if each.application_id not in refused
            )

    await database.open()
    begun_s = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(_CONNECTIONS):
            tasks.create_task(worker(tries[number::_CONNECTIONS]))
    await database.close()
    return {
        "attempts": len(tries),
        "mandates": mandates,
        "accepted": len(accepted),
        "double": len(accepted) - len(set(accepted)),
        "seconds": round(time.perf_counter() - begun_s, 1),
    }


def _evidence(mandate_id: UUID, at: datetime) -> MandateEvidence:
    return MandateEvidence(
        mandate_id=mandate_id,
        uddokta_id=new_id(),
        service_centre_id="gulshan",
        consent="own_phone",
        consented_at=at,
        fee_bdt=0,
        charge_bdt=0,
    )
