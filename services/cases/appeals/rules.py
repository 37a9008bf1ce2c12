"""Whether an objection can be recorded at an office, and what it needs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.text import ascii_digits
from libs.contracts.cases import ActOnCase, AppealRecorded
from libs.errors import Refused
from libs.ids import derived_id
from libs.workflows.events import Acted
from libs.workflows.model import Appeal, End, Workflow
from libs.workflows.reading import step_at, was_appealed
from services.cases.officers.rules import Officer
from services.cases.work.values import CaseFile, Entry

RECORD: Final = "record_appeal"
LETTER: Final = "appeal_letter"
"""The citizen's letter: a file, or the number under which the office has it."""
SHOWN_NUMBER: Final = "shown_number"
"""Of the NID or birth registration that the citizen shows; one of her application."""

_LENGTHS: Final = frozenset({10, 13, 17})
_COUNTRY: Final = "880"


def appeal_at(workflow: Workflow, file: CaseFile) -> Appeal | None:
    """Return the appeal that lies against the end of a case; None if there is none, or was one."""
    if file.closed_at is None or file.erased:
        return None
    end = step_at(workflow, file.state)
    if not isinstance(end, End) or end.outcome != "refused" or was_appealed(workflow, file.state):
        return None
    return end.appeal


def check_may_record(
    workflow: Workflow,
    file: CaseFile,
    history: Sequence[Entry],
    officer: Officer,
    at: datetime,
) -> Appeal:
    """Return the appeal that an officer of an office of the case may record now.

    Raises:
        Refused: it is not refused, no objection is taken or one was made, the last day is over, or
            the officer decided the case.
    """
    appeal = appeal_at(workflow, file)
    if appeal is None or file.closed_at is None:
        raise Refused("appeal_not_possible")
    if (dhaka_date(at) - dhaka_date(file.closed_at)).days > appeal.days:
        raise Refused("appeal_too_late")
    decided = [entry for entry in history if isinstance(entry.event, Acted)]
    if decided and decided[-1].actor_id == officer.officer_id:
        raise Refused("second_person_needed")
    return appeal


def recorded(
    file: CaseFile, form: Mapping[str, Any], body: ActOnCase, given: frozenset[str], at: datetime
) -> AppealRecorded:
    """Return the event of an objection that an officer records; a repeat gives the same.

    Raises:
        Refused: its words or the letter are missing, or the number is none of the application.
    """
    if not (body.note or "").strip():
        raise Refused("note_missing", pointer="/note")
    if LETTER not in given | body.papers.keys():
        raise Refused("files_missing", LETTER, pointer=f"/papers/{LETTER}")
    pointer = f"/values/{SHOWN_NUMBER}"
    shown = _digits(body.values.get(SHOWN_NUMBER, ""))
    if not shown:
        raise Refused("values_missing", SHOWN_NUMBER, pointer=pointer)
    known = set(numbers_in(form))
    if known and not any(_is_same(shown, number) for number in known):
        raise Refused("shown_number_differs", pointer=pointer)
    return AppealRecorded(
        event_id=derived_id(file.case_id, AppealRecorded.type),
        occurred_at=at,
        application_id=file.application_id,
        ministry=file.ministry,
        served_by="desk",
        grounds=body.note or "",
    ).in_trace(file.trace)


def numbers_in(answer: Any) -> Iterator[str]:
    """Yield the numbers of NIDs and birth registrations in an answer, and in what is in it."""
    match answer:
        case str():
            number = _digits(answer)
            is_phone = number.startswith(_COUNTRY)
            if len(number) in _LENGTHS and not is_phone and len(answer) <= 2 * len(number):
                yield number
        case Mapping():
            for each in answer.values():
                yield from numbers_in(each)
        case list() | tuple():
            for each in answer:
                yield from numbers_in(each)
        case _:
            return


def _digits(text: str) -> str:
    return "".join(sign for sign in ascii_digits(text) if sign.isascii() and sign.isdigit())


def _is_same(one: str, other: str) -> bool:
    """Whether two numbers are one; an NID of 13 digits is also written with the year of birth."""
    longer, shorter = sorted((one, other), key=len, reverse=True)
    return longer == shorter or (len(shorter) == 13 and longer.endswith(shorter))
