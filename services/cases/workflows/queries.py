"""SQL of the copied workflows."""

from collections.abc import Collection, Sequence

from libs.database.transaction import Transaction
from libs.workflows.model import Workflow


async def insert_workflows(tx: Transaction, workflows: Sequence[Workflow]) -> None:
    """Store published versions; one that is there stays as it is."""
    await tx.execute(
        """
        INSERT INTO workflows (workflow_key, public_services, valid_from, content)
        SELECT workflow_key, string_to_array(public_services, ' '), valid_from, content
          FROM unnest($1::text[], $2::text[], $3::date[], $4::text[])
               AS given (workflow_key, public_services, valid_from, content)
            ON CONFLICT (workflow_key) DO NOTHING
        """,
        [workflow.key for workflow in workflows],
        # As text: PostgreSQL has no arrays of arrays of different lengths.
        [" ".join(workflow.public_services) for workflow in workflows],
        [workflow.valid_from for workflow in workflows],
        [workflow.model_dump_json(exclude_none=True) for workflow in workflows],
    )


async def read_versions(tx: Transaction, keys: Collection[str]) -> list[str]:
    """Read versions of workflows by their keys, as JSON."""
    rows = await tx.fetch(
        "SELECT content FROM workflows WHERE workflow_key = ANY($1::text[])", list(keys)
    )
    return [row["content"] for row in rows]


async def is_any_there(tx: Transaction) -> bool:
    """Return whether a workflow is stored."""
    is_there: bool = await tx.fetchval("SELECT EXISTS (SELECT FROM workflows)")
    return is_there


async def read_all(tx: Transaction) -> list[str]:
    """Read all versions of all workflows, as JSON, the older ones first."""
    rows = await tx.fetch("SELECT content FROM workflows ORDER BY valid_from, workflow_key")
    return [row["content"] for row in rows]


async def read_of_services(tx: Transaction, public_service_ids: Collection[str]) -> list[str]:
    """Read all versions of the workflows of public services, as JSON."""
    rows = await tx.fetch(
        "SELECT content FROM workflows WHERE public_services && $1::text[]",
        list(public_service_ids),
    )
    return [row["content"] for row in rows]
