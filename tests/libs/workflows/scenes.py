"""Workflows of the reference, and a case that a test leads through one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from libs.workflows.case import Case, evolve
from libs.workflows.commands import Act, Command, Elapse, Open, Pay
from libs.workflows.deciding import decide
from libs.workflows.events import Event
from libs.workflows.model import Workflow
from libs.workflows.reading import handed_in
from services.catalogue.workflows.reference import reference_workflows

TODAY = date(2026, 11, 29)
WORKFLOWS = {workflow.key: workflow for workflow in reference_workflows()}

FOLDER = Path("services/catalogue/reference/workflows")
DOCUMENTS: dict[str, dict[str, Any]] = {
    f"{document['workflow']}@{document['version']}": document
    for path in sorted(FOLDER.glob("[GS]*.json"))
    for document in [json.loads(path.read_text(encoding="utf-8"))]
}


@dataclass
class Walk:
    """A case, its workflow, and its history so far."""

    workflow: Workflow
    facts: dict[str, Any] = field(default_factory=dict)
    case: Case | None = None
    history: list[Event] = field(default_factory=list)

    @property
    def now(self) -> Case:
        """The case, which was opened."""
        assert self.case is not None
        return self.case

    def do(self, command: Command) -> tuple[Event, ...]:
        """Decide, apply and keep what came of it."""
        events = decide(self.workflow, self.case, command, self.facts.get)
        for event in events:
            self.case = evolve(self.case, event)
        self.history.extend(events)
        return events

    def open(self, on: date = TODAY) -> None:
        """Open the case."""
        self.do(Open(on))

    def act(self, action: str, role: str, actor: str = "salma", **more: Any) -> None:
        """Act with all that the action needs."""
        files, values = handed_in(self.workflow, self.now.step, action)
        sets: Mapping[str, Any] = dict.fromkeys(values, "x")
        self.do(Act(self.now.visit, action, role, actor, **{"files": files, "sets": sets, **more}))

    def pay(self) -> None:
        """Pay the bill."""
        self.do(Pay(self.now.visit, "challan 7"))

    def elapse(self, clock: Any = "timeout") -> None:
        """Let a clock of the visit run out."""
        self.do(Elapse(self.now.visit, clock))


def walk(key: str, **facts: Any) -> Walk:
    """Return a walk through a workflow; `form__kind` stands for the fact `form.kind`."""
    walked = Walk(WORKFLOWS[key], {name.replace("__", "."): value for name, value in facts.items()})
    walked.open()
    return walked
