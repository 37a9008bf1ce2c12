"""The workflows of the reference and its tariffs: ten public services, some in several versions."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from libs.bangladesh.bodies import bodies
from libs.workflows.checking import Known
from libs.workflows.model import Workflow
from libs.workflows.parsing import parse_workflow
from libs.workflows.tariffs import Tariffs, parse_tariffs
from services.catalogue.public_services.forms import forms_for

_FOLDER: Final = Path(__file__).parents[1] / "reference" / "workflows"


@cache
def reference_workflows() -> Sequence[Workflow]:
    """Return the workflows of the reference, by service and version."""
    found = [
        parse_workflow(path.read_text(encoding="utf-8")) for path in _FOLDER.glob("[GS]*.json")
    ]
    return tuple(sorted(found, key=lambda workflow: (workflow.workflow, workflow.version)))


@cache
def reference_tariffs() -> Tariffs:
    """Return the 41 rows of tariffs of the reference."""
    return parse_tariffs((_FOLDER / "tariffs.json").read_text(encoding="utf-8"))


def known_of(public_service_id: str, before: Workflow | None) -> Known:
    """Return what a workflow of a public service may name, by the reference.

    Args:
        public_service_id: its service.
        before: the version before; None for a first version.
    """
    items = {row.item for row in reference_tariffs().rows}
    form = forms_for([public_service_id])[public_service_id]
    return Known(items, {body.body_id for body in bodies()}, form.schema, before)
