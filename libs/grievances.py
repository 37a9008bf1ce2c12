"""The service that takes grievances: outside the list of public services, and not at its office.

A grievance (অভিযোগ) is an application for a service of its own. Its answers name a body (`body`),
and perhaps an office (`office`: its id or name) and a public service (`service`).
"""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from libs.contracts.language import Text

GRIEVANCE: Final = "G001"
"""The public service of grievances."""
CABINET: Final = "cabinet"
"""The Cabinet Division, which decides appeals; about itself it neither answers nor decides."""
ANSWERING: Final = "grievance"
"""Begins the id of the office at which a body's grievances are answered; the body's id follows."""
ANSWERS: Final = "grievance_officer"
"""The duty of whoever answers there."""

# One that ends with a blank is a whole word.
_OF_ANSWERING: Final = (
    "grievance", "অভিযোগ নিষ্পত্তি", "অভিযোগ প্রতিকার", "grs ", "জিআরএস ", "অনিক ", "অনিকের ",
)  # fmt: skip
_OF_APPEAL: Final = ("appeal", "আপিল")


def is_listed(public_service_id: str) -> bool:
    """Return whether a public service is one of the 81 that are listed, searched and counted."""
    return public_service_id != GRIEVANCE


def is_complained_of(
    office_id: str, name: Text, ministry: str | None, answers: Mapping[str, Any]
) -> bool:
    """Return whether the answers of a grievance complain of an office.

    They do if they name it by id or name, whatever stands beside that, if they complain of
    grievances at its body or name its grievance officer in any words, and of any office of the
    Cabinet Division if they complain of the Cabinet Division. Blanks, case and signs between words
    do not matter.

    Args:
        office_id: of the office.
        name: of the office.
        ministry: the body whose office it is.
        answers: of the form.
    """
    body, named = answers.get("body"), _said(answers.get("office"))
    if f" {_said(office_id)} " in f" {named} ":
        return True
    if any(name and name in named for name in (_said(name.bn), _said(name.en))):
        return True
    is_of_grievances = answers.get("service") == GRIEVANCE or _is_answering(named)
    if is_of_grievances and office_id == f"{ANSWERING}-{body}":
        return True
    return ministry == body == CABINET


def _is_answering(named: str) -> bool:
    """Whether a named office is that of a grievance officer, of whatever body, not of appeals."""
    if any(word in named for word in _OF_APPEAL):
        return False
    return any(f" {word}" in f" {named} " for word in _OF_ANSWERING)


def _said(words: Any) -> str:
    """Return words without what does not distinguish them: case, signs, and blanks."""
    if not isinstance(words, str):
        return ""
    letters = (letter if _is_letter(letter) else " " for letter in words.casefold())
    return " ".join("".join(letters).split())


def _is_letter(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN"
