"""The decisions of a ministry's back end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from libs.bangladesh.bodies import bodies_by_id
from libs.contracts.applications import Stage
from libs.contracts.language import Text
from sandbox.faults.chance import share
from sandbox.faults.rules import Behaviour, Mode

Kind = Literal["submitted", "corrected", "withdrawn", "appealed"]
Action = Literal["approved", "refused", "correction_asked"]


NOT_OFFERED: Final = "S000"
"""A public service that no ministry offers: applied for to see a refusal."""

REFUSALS: Final[Mapping[str, tuple[str, str]]] = {
    "public_service_unknown": (
        "urn:nagorik-sheba:refusal:public-service-not-offered",
        "SERVICE_NOT_OFFERED",
    ),
    "idempotency_key_reused": (
        "urn:nagorik-sheba:refusal:submission-not-acceptable",
        "SUBMISSION_NOT_ACCEPTABLE",
    ),
}
"""What a refusal for good is called in JSON, as a problem type, and in SOAP, by its code."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A ministry's decision, in the response or by callback."""

    action: Action
    note: Text | None
    by_callback: bool


def decide(behaviour: Behaviour, kind: Kind, application_id: UUID, seed: int) -> Decision | None:
    """Decide a submission; only the application, the behaviour and the seed determine the decision.

    A withdrawn application is not decided, and a corrected one is not sent back again. An objection
    is decided anew.
    """
    if behaviour.mode == "never" or kind == "withdrawn":
        return None
    action = _action(behaviour, kind, application_id, seed)
    return Decision(action, _NOTES[action], _by_callback(behaviour.mode, application_id, seed))


def stage_of(kind: Kind) -> Stage:
    """Return what a decision on a submission is about."""
    return "appeal" if kind == "appealed" else "first"


def case_file_number(ministry: str, act_id: UUID) -> str:
    """Return the number of a new case file, with the body's nothi code."""
    nothi_code = bodies_by_id()[ministry].nothi_code or "00"
    serial = f"{act_id.int % 10**10:010d}"
    return f"{nothi_code}.00.0000.{serial[:3]}.{serial[3:6]}.{serial[6:]}"


def _action(behaviour: Behaviour, kind: Kind, application_id: UUID, seed: int) -> Action:
    if kind == "submitted" and _under(
        behaviour.correction_rate, seed, "correction", application_id
    ):
        return "correction_asked"
    question = "appeal" if kind == "appealed" else "refusal"
    if _under(behaviour.refusal_rate, seed, question, application_id):
        return "refused"
    return "approved"


def _by_callback(mode: Mode, application_id: UUID, seed: int) -> bool:
    if mode == "mixed":
        return _under(0.5, seed, "way", application_id)
    return mode == "callback"


def _under(rate: float, seed: int, *question: object) -> bool:
    return share(seed, *question) < rate


_NOTES: dict[Action, Text | None] = {
    "approved": None,
    "refused": Text(
        bn="জমা দেওয়া কাগজপত্রে প্রয়োজনীয় শর্ত পূরণ হয়নি।",
        en="The documents handed in do not meet the conditions.",
    ),
    "correction_asked": Text(
        bn="ঠিকানার ঘরটি অসম্পূর্ণ। পুরো ঠিকানা লিখে আবার জমা দিন।",
        en="The address is incomplete. Write the full address and submit again.",
    ),
}
