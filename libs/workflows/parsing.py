"""Reads a workflow from its JSON; an error has a place and a reason."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from typing_extensions import override

from libs.workflows.model import Workflow

_KINDS = frozenset({"task", "fee", "auto", "wait", "panel", "pool", "end"})
_LARGEST_BYTES = 128 * 1024
_MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file: a JSON pointer to the place, and the reason in a sentence."""

    place: str
    reason: str

    @override
    def __str__(self) -> str:
        return f"{self.place or '/'}: {self.reason}"


class Wrong(Exception):
    """A workflow or a tariff file cannot be read.

    Args:
        problems: what is wrong; at least one problem.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


def parse_workflow(text: str) -> Workflow:
    """Read a workflow, strictly: a doubled key or an unknown field is refused.

    Raises:
        Wrong: it is no workflow; all that the shape tells is named.
    """
    check_json(text)
    try:
        return Workflow.model_validate_json(text)
    except ValidationError as failure:
        raise Wrong(problems_of(failure)) from None


def check_json(text: str) -> None:
    """Check that a text is JSON without doubled keys, and not too large.

    Raises:
        Wrong: it is not.
    """
    if len(text.encode()) > _LARGEST_BYTES:
        raise Wrong([Problem("", f"more than {_LARGEST_BYTES} bytes")])
    try:
        json.loads(text, object_pairs_hook=_without_doubles)
    except Wrong:
        raise
    except (ValueError, RecursionError) as failure:
        raise Wrong([Problem("", f"no JSON: {failure}")]) from None


def problems_of(failure: ValidationError) -> list[Problem]:
    """Return the errors of a model, with places in the file; 50 problems at most."""
    return [
        Problem("".join(f"/{part}" for part in error["loc"] if part not in _KINDS), error["msg"])
        for error in failure.errors()[:_MOST_PROBLEMS]
    ]


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object.

    Raises:
        Wrong: a key stands in it twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise Wrong([Problem("", f"the key `{double}` stands twice in one object")])
    return found
