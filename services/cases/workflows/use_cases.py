"""Copies published workflows, and gives the version that holds for a case."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from libs.workflows.model import Workflow
from libs.workflows.parsing import parse_workflow
from services.cases.fees.rules import ACCOUNTS
from services.cases.workflows import queries

_HEAD_NAME: Final = Text(bn="তত্ত্বাবধান", en="Supervision")
_ACCOUNTS_NAME: Final = Text(bn="হিসাব", en="Accounts")


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of the workflows of some public services."""

    workflows: Collection[Workflow]

    def holding(self, public_service_id: str, on: date) -> Workflow:
        """Return the newest version whose day has come, for a new case.

        Raises:
            Refused: the public service has none on this day.
        """
        known = [
            workflow
            for workflow in self.workflows
            if public_service_id in workflow.public_services and workflow.valid_from <= on
        ]
        if not known:
            raise Refused("workflow_missing", f"{public_service_id} has no workflow")
        return max(known, key=lambda workflow: workflow.version)


async def copy_workflows(tx: Transaction, workflows: Sequence[Workflow]) -> list[Workflow]:
    """Store published versions; a repeat changes nothing.

    Returns:
        The versions that are stored with another content, which stays: cases go by it.
    """
    await queries.insert_workflows(tx, workflows)
    stored = await read_versions(tx, {workflow.key for workflow in workflows})
    return [workflow for workflow in workflows if stored[workflow.key] != workflow]


async def read_versions(tx: Transaction, keys: Collection[str]) -> Mapping[str, Workflow]:
    """Read versions of workflows by their keys, such as `S031@1`."""
    found = [_read(content) for content in await queries.read_versions(tx, keys)]
    return {workflow.key: workflow for workflow in found}


async def read_of_services(tx: Transaction, public_service_ids: Collection[str]) -> Versions:
    """Read all versions of the workflows of public services.

    Raises:
        Unavailable: the catalogue's workflows have not arrived yet, none at all.
    """
    contents = await queries.read_of_services(tx, public_service_ids)
    if not contents and not await queries.is_any_there(tx):
        raise Unavailable("catalogue", "its workflows have not arrived yet")
    return Versions([_read(content) for content in contents])


async def read_newest(tx: Transaction, on: date) -> Sequence[Workflow]:
    """Return the newest version of each workflow whose day has come."""
    newest: dict[str, Workflow] = {}
    for content in await queries.read_all(tx):
        workflow = _read(content)
        known = newest.get(workflow.workflow)
        if workflow.valid_from <= on and (known is None or known.version < workflow.version):
            newest[workflow.workflow] = workflow
    return list(newest.values())


async def read_duty_names(tx: Transaction) -> Mapping[str, Text]:
    """Return the names of all duties that a workflow names, and of that which settles fees."""
    found = {ACCOUNTS: _ACCOUNTS_NAME, "head": _HEAD_NAME}
    for content in await queries.read_all(tx):
        for duty, role in _read(content).roles.items():
            found[duty] = Text(bn=role.name.bn, en=role.name.en)
    return found


async def read_names(tx: Transaction) -> Mapping[str, Text]:
    """Return the names of all duties, and of the public services that have a workflow."""
    found = dict(await read_duty_names(tx))
    for content in await queries.read_all(tx):
        workflow = _read(content)
        for public_service_id in workflow.public_services:
            found[public_service_id] = Text(bn=workflow.name.bn, en=workflow.name.en)
    return found


@lru_cache(maxsize=256)
def _read(content: str) -> Workflow:
    return parse_workflow(content)
