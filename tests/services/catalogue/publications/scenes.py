"""What people publish, and the events of it in the outbox."""

import copy
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from libs.contracts import topics
from libs.contracts.events import Event
from libs.database.pool import Database
from libs.messaging.envelope import decode, unpack_headers
from services.catalogue.publications import use_cases
from services.catalogue.publications.reference import reference_publications
from tests.services.catalogue.scenes import AT, loaded

TODAY = date(2026, 11, 25)
FOLDER = Path("services/catalogue/reference/workflows")
TOPICS = {topic.name: topic for topic in (topics.WORKFLOWS, topics.TARIFFS, topics.CALENDAR)}


def next_mutation(**changes: Any) -> dict[str, Any]:
    """Return version 2 of the mutation, from tomorrow on."""
    content: dict[str, Any] = json.loads((FOLDER / "S025.json").read_text(encoding="utf-8"))
    return {**content, "version": 2, "valid_from": "2026-11-26", **changes}


def dearer_licence() -> dict[str, Any]:
    """Return the signboard tax with another percentage from tomorrow on."""
    content = json.loads((FOLDER / "tariffs.json").read_text(encoding="utf-8"))
    (row,) = [row for row in content["rows"] if row["item"] == "trade_signboard"]
    new = {**copy.deepcopy(row), "amount_bdt": 40, "valid_from": "2026-11-26"}
    return {**content, "rows": [{**row, "valid_until": "2026-11-25"}, new]}


YEAR = {
    "source": "gazette of 12 November 2026",
    "days": [
        {
            "day": "2027-03-26",
            "name": {"bn": "স্বাধীনতা দিবস", "en": "Independence Day"},
            "source": "gazette of 12 November 2026",
        }
    ],
}


async def published(database: Database) -> int:
    """Load the catalogue and what the reference publishes; return how many were announced."""
    await loaded(database)
    async with database.transaction() as tx:
        return await use_cases.load_reference(tx, reference_publications(AT))


async def announced(database: Database) -> list[Event]:
    """Return the events about publications in the outbox, in order."""
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT topic, record_value, headers FROM outbox ORDER BY outbox_id")
    found = [
        decode(
            TOPICS[row["topic"]], row["topic"], unpack_headers(row["headers"]), row["record_value"]
        )
        for row in rows
        if row["topic"] in TOPICS
    ]
    return [event for event in found if isinstance(event, Event)]


LATER = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
