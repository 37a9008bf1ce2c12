"""What becomes of a case whose application was decided since the moment of a restore."""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from libs.contracts.applications import Stage, SubmissionAppealed
from libs.contracts.ministries import MinistryDecided

Outcome = Literal["closed", "heard", "closed before", "not here yet", "not closed"]
"""`heard`: open again, since its citizen objects. `not here yet`: cases has not read its submission
again. `not closed`: a person has to look.
"""


@dataclass(slots=True)
class Told:
    """What happened to an application since the moment of a restore.

    Args:
        decisions: that applications was told, the first one of each stage.
        appeal: by which its citizen objected to the first one.
    """

    decisions: dict[Stage, MinistryDecided] = field(default_factory=dict)
    appeal: SubmissionAppealed | None = None

    def add(self, decision: MinistryDecided) -> None:
        """Add a decision; the first one of its stage counted."""
        self.decisions.setdefault(decision.stage, decision)


@dataclass(frozen=True, slots=True)
class Closing:
    """The outcome for one application, of a decision or an objection.

    Args:
        application_id: of the application.
        outcome: what became of its case.
        detail: the decision, or why the case is not closed.
    """

    application_id: UUID
    outcome: Outcome
    detail: str = ""
