"""What a page of a case asks for, and the act that it sends."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from libs.bangladesh.calendar import moment_in
from libs.bangladesh.text import Malformed, parse_int
from libs.contracts.cases import ActOnCase, CaseAction, CaseView
from libs.contracts.handed_in import HandedIn

PAPER: Final = "paper."
VALUE: Final = "value."
FILE: Final = "file."
CHALLAN: Final = "challan"
"""The paper of a fee step: its number is recorded by two people, and no file of it is taken."""
_MOST_NOTE: Final = 2_001
_MOST_LINE: Final = 501


def find_action(case: CaseView, action: str) -> CaseAction | None:
    """Return an action that can be done now; None if it cannot."""
    return next((choice for choice in case.actions if choice.action == action), None)


def needs_more(action: CaseAction) -> bool:
    """Whether an action needs a page of its own: words, papers or values."""
    return bool(
        action.is_refusal
        or action.asks_applicant
        or action.needs_reasons
        or action.asks_time
        or action.papers
        or action.values
    )


def papers_of(action: CaseAction) -> tuple[str, ...]:
    """Return the names of the papers that can be handed in as files with an action."""
    return (*(paper for paper in action.papers if paper != CHALLAN), *action.may_add)


def handed_in_for(case: CaseView, action: CaseAction) -> Mapping[str, list[HandedIn]]:
    """Return the papers that were handed in and go with an action, by their names."""
    return {
        name: [paper for paper in case.handed_in if paper.goes_with_next and paper.paper == name]
        for name in papers_of(action)
    }


def place_of(pointers: Iterable[str], otherwise: str) -> str:
    """Return the control that the API's first pointer is about; `otherwise` if it names none."""
    for pointer in pointers:
        kind, _, name = pointer.removeprefix("/").partition("/")
        of_paper = PAPER if name == CHALLAN else FILE
        if prefix := {"papers": of_paper, "values": VALUE}.get(kind):
            return f"{prefix}{name}"
        if kind in {"appointment", "note"}:
            return kind
    return otherwise


def act_of(action: str, posted: Mapping[str, str]) -> ActOnCase:
    """Return the act as the API takes it; the API says what is wrong."""
    typed: dict[str, Any] = {
        "papers": _named(posted, PAPER),
        "values": {name: _value(text) for name, text in _named(posted, VALUE).items()},
    }
    if note := posted.get("note", "").strip()[:_MOST_NOTE]:
        typed["note"] = note
    if at := moment_in(posted.get("appointment", "")):
        typed["appointment"] = at
    return ActOnCase.model_construct(
        revision=revision_of(posted.get("revision", "")),
        duty=posted.get("duty", "")[:60],
        action=action[:60],
        **typed,
    )


def _named(posted: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): text.strip()[:_MOST_LINE]
        for name, text in posted.items()
        if name.startswith(prefix) and text.strip()
    }


def _value(text: str) -> str:
    """Return a value; a whole number in the digits that the API reads."""
    try:
        return str(parse_int(text))
    except Malformed:
        return text


def revision_of(text: str) -> int:
    """Return the revision that a page showed; 1, which is no longer it, for something else."""
    try:
        return parse_int(text)
    except Malformed:
        return 1
