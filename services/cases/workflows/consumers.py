"""Workflows that the catalogue publishes."""

import json

from libs.contracts import topics
from libs.contracts.catalogue import WorkflowPublished
from libs.errors import Refused
from libs.messaging.reading.router import Batch, Router, Tx
from libs.workflows.parsing import parse_workflow
from services.cases.workflows import use_cases

router = Router("cases")


@router.subscriber(topics.WORKFLOWS)
async def on_workflows_published(batch: Batch[WorkflowPublished], tx: Tx) -> None:
    """Two people published a version: it is there before its day comes."""
    versions = [parse_workflow(json.dumps(event.content)) for event in batch.events]
    others = await use_cases.copy_workflows(tx, versions)
    for event, workflow in zip(batch.events, versions, strict=True):
        if workflow in others:
            batch.refuse(event, Refused("workflow_differs", f"{workflow.key} has another content"))
