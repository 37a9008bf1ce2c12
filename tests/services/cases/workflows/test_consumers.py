"""A published version is there before its day comes, and the newest whose day has come holds."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.catalogue import WorkflowPublished
from libs.database.pool import Database
from libs.errors import Refused
from libs.messaging.reading.batch import Batch
from services.cases.workflows.consumers import on_workflows_published, router
from services.cases.workflows.use_cases import read_of_services, read_versions
from services.catalogue.workflows.reference import reference_workflows
from tests.consuming import consuming

FIRST = next(one for one in reference_workflows() if "S005" in one.public_services)


def published(**fields: Any) -> WorkflowPublished:
    """A version as the catalogue announces it."""
    content = {**json.loads(FIRST.model_dump_json(exclude_none=True)), **fields}
    return WorkflowPublished(
        occurred_at=datetime(2026, 11, 30, tzinfo=UTC),
        workflow_version=f"S005@{content['version']}",
        public_service_id="S005",
        version=content["version"],
        valid_from=date.fromisoformat(content["valid_from"]),
        content=content,
    )


async def test_the_newest_version_whose_day_has_come_holds(database: Database) -> None:
    """One of tomorrow is for the cases of tomorrow; open cases read their own by its key."""
    tomorrow = FIRST.valid_from + timedelta(days=1)
    second = published(version=FIRST.version + 1, valid_from=tomorrow.isoformat())
    async with database.transaction() as tx, consuming(router, tx) as consume:
        await consume(published(), second)
        await consume(published())
        versions = await read_of_services(tx, {"S005"})
        assert versions.holding("S005", FIRST.valid_from) == FIRST
        assert versions.holding("S005", tomorrow).version == FIRST.version + 1
        assert await read_versions(tx, {FIRST.key}) == {FIRST.key: FIRST}
        with pytest.raises(Refused) as refused:
            versions.holding("S024", tomorrow)
        assert refused.value.code == "workflow_missing"


async def test_a_version_that_is_stored_with_another_content_stays(database: Database) -> None:
    """The catalogue was restored, and gave a number again: a person looks at it."""
    renamed = published(name={"bn": "অন্য", "en": "Another"})
    async with database.transaction() as tx, consuming(router, tx) as consume:
        await consume(published())
        batch = Batch.of(renamed, published())
        await on_workflows_published(batch, tx)
        assert [(event, refusal.code) for event, refusal in batch.refused] == [
            (renamed, "workflow_differs")
        ]
        assert await read_versions(tx, {FIRST.key}) == {FIRST.key: FIRST}
