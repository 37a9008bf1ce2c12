"""A service with dead letters of both kinds, and the desk before them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from libs.contracts import topics
from libs.database.pool import Database
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.failedrow import ByHand, FailedRow, keep_rows
from libs.operations.desk import Desk
from libs.telemetry.tracing import Tracing
from tests.libs.messaging.scene import SAMPLED, Hearing, handling, raw, submitted, withdrawn

PHONE = "+8801700000000"


@dataclass
class Rows:
    """A worker's rows: keeps what was done with them by hand."""

    resent: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    async def resend(self, _: Transaction, keys: Collection[str]) -> Collection[str]:
        self.resent += keys
        return keys

    async def close(self, _: Transaction, keys: Collection[str]) -> None:
        self.closed += keys

    async def show(self, _: Transaction, key: str) -> Mapping[str, Any]:
        return {"row_key": key, "phone": PHONE}


@dataclass
class Scene:
    """The desk, what its service hears and does, and its letters.

    1 is a record that a defect put aside, 2 waits behind it, 3 is a row that a ministry refused.
    """

    desk: Desk
    database: Database
    hearing: Hearing
    rows: Rows


async def scene(database: Database) -> Scene:
    """Put three letters into a database."""
    application = new_id()
    work = handling(database, Hearing(fails_on=lambda _: KeyError("defect")))
    record = raw(submitted(application, tracking_number=PHONE), 1, trace=SAMPLED)
    await work.handle([record])
    await work.handle([raw(withdrawn(application), 2)])
    row = FailedRow("hand over", "a", "lgd", "refused.by_ministry", "status 422", 3, True, SAMPLED)
    async with database.transaction() as tx:
        await keep_rows(tx, [row])
    hearing, rows = Hearing(), Rows()
    desk = Desk(
        "applications",
        database,
        {topics.APPLICATIONS: hearing},
        {"hand over": ByHand(rows.resend, rows.close, rows.show)},
        tracing=Tracing("applications"),
    )
    return Scene(desk, database, hearing, rows)
