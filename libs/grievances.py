"""The service that takes grievances: outside the list of public services, and not at its office.

A grievance (অভিযোগ) is an application for a service of its own. Its answers name a body (`body`),
and perhaps an office (`office`: its id or name) and a public service (`service`).
"""

from collections.abc import Mapping
from typing import Any, Final

from libs.contracts.language import Text

GRIEVANCE: Final = "G001"
"""The public service of grievances."""
CABINET: Final = "cabinet"
"""The Cabinet Division, which decides appeals; about itself it neither answers nor decides."""
ANSWERING: Final = "grievance"
"""Begins the id of the office at which a body's grievances are answered; the body's id follows."""


def is_listed(public_service_id: str) -> bool:
    """Return whether a public service is one of the 81 that are listed, searched and counted."""
    return public_service_id != GRIEVANCE


def is_complained_of(
    office_id: str, name: Text, ministry: str | None, answers: Mapping[str, Any]
) -> bool:
    """Return whether the answers of a grievance complain of an office.

    They do if they name it by id or name, if they complain of grievances at its body, and of any
    office of the Cabinet Division if they complain of the Cabinet Division.

    Args:
        office_id: of the office.
        name: of the office.
        ministry: the body whose office it is.
        answers: of the form.
    """
    body, named = answers.get("body"), _said(answers.get("office"))
    if named and named in {_said(office_id), _said(name.bn), _said(name.en)}:
        return True
    if answers.get("service") == GRIEVANCE and office_id == f"{ANSWERING}-{body}":
        return True
    return ministry == body == CABINET


def _said(words: Any) -> str:
    return " ".join(words.split()).casefold() if isinstance(words, str) else ""
