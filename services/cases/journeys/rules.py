"""The steps of a case: one for each change of it, with whose turn it was from then on."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from libs.contracts.journeys import JourneyStep
from libs.trace_context import TraceContext
from libs.workflows.case import Case, evolve
from libs.workflows.events import Acted, Event, Happened, Moved, Opened
from libs.workflows.model import Workflow
from libs.workflows.reading import waits_for
from services.cases.work.values import ENTRIES_OF_A_CHANGE


@dataclass(frozen=True, slots=True)
class Known:
    """A case as it stands, without its person.

    Args:
        state: its outcome, or how it stands while it is open.
        waits_for: None for an ended one.
        published_at: when the record of its submission was written.
        trace: of its submission.
    """

    case_id: UUID
    application_id: UUID
    step: str
    state: str
    waits_for: str | None
    submitted_at: datetime
    published_at: datetime | None
    trace: TraceContext | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a history; `event` is None where it cannot be decrypted."""

    case_id: UUID
    entry_id: UUID
    entry_no: int
    at: datetime
    type: str
    event: Event | None


def keys_of(entries: Collection[Entry]) -> set[str]:
    """Return the keys of the versions of workflows by which cases went."""
    workflows = {
        entry.case_id: entry.event.workflow for entry in entries if isinstance(entry.event, Opened)
    }
    return {
        f"{workflows[entry.case_id]}@{entry.event.version}"
        for entry in entries
        if isinstance(entry.event, Opened | Moved) and entry.case_id in workflows
    }


def steps_of(
    cases: Sequence[Known], entries: Sequence[Entry], workflows: Mapping[str, Workflow]
) -> Iterator[JourneyStep]:
    """Yield the steps of cases in their order.

    Args:
        cases: in the order of their submissions.
        entries: of all of them, each history in its order.
        workflows: the versions that `keys_of` names.
    """
    for case in cases:
        history = [entry for entry in entries if entry.case_id == case.case_id]
        steps = list(_changes(history, workflows)) or [{"step_id": case.case_id, "what": "opened"}]
        opening = {
            "happened_at": case.submitted_at,
            "published_at": case.published_at,
            "stored_at": steps[0].get("happened_at"),
            "trace_id": case.trace.trace_id if case.trace else None,
        }
        standing = {"party": case.step, "state": case.state, "waits_for": case.waits_for}
        steps[0] |= opening
        steps[-1] |= standing  # also where a history is damaged, or deleted with its citizen
        for step in steps:
            yield JourneyStep(kind="change", **step)


def _changes(
    history: Sequence[Entry], workflows: Mapping[str, Workflow]
) -> Iterator[dict[str, Any]]:
    case: Case | None = None
    is_whole = True
    for _, found in groupby(history, key=lambda entry: entry.entry_no // ENTRIES_OF_A_CHANGE):
        change = list(found)
        first = change[0]
        step: dict[str, Any] = {
            "step_id": first.entry_id,
            "what": first.type,
            "reason": _chosen(first.event),
            "happened_at": first.at,
        }
        for entry in change:
            is_whole = is_whole and entry.event is not None
            if is_whole and entry.event is not None:
                case = evolve(case, entry.event)
        yield step | (_standing(case, workflows) if is_whole and case else {})


def _standing(case: Case, workflows: Mapping[str, Workflow]) -> dict[str, Any]:
    waiting = waits_for(workflows[f"{case.workflow}@{case.version}"], case)
    return {
        "party": case.step,
        "state": case.outcome or case.status,
        "waits_for": waiting.on if waiting else None,
    }


def _chosen(event: Event | None) -> str | None:
    """Return what somebody chose, or what happened: an id of the workflow."""
    if isinstance(event, Acted):
        return event.action
    return event.name if isinstance(event, Happened) else None
