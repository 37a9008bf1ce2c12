"""The workflows of the reference: ten public services, two also in the version before."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from libs.workflows.model import Workflow
from libs.workflows.parsing import parse_workflow

_FOLDER: Final = Path(__file__).parents[1] / "reference" / "workflows"


@cache
def reference_workflows() -> Sequence[Workflow]:
    """Return the workflows of the reference, by service and version."""
    found = [parse_workflow(path.read_text(encoding="utf-8")) for path in _FOLDER.glob("S*.json")]
    return tuple(sorted(found, key=lambda workflow: (workflow.workflow, workflow.version)))
