"""What becomes of a case whose application was decided since the moment of a restore."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Outcome = Literal["closed", "closed before", "not here yet", "not closed"]
"""`not here yet`: cases has not read its submission again. `not closed`: a person has to look."""


@dataclass(frozen=True, slots=True)
class Closing:
    """The outcome for one application.

    Args:
        application_id: of the application.
        outcome: what became of its case.
        detail: the decision, or why the case is not closed.
    """

    application_id: UUID
    outcome: Outcome
    detail: str = ""
