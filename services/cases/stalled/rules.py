"""When a case is stalled, and a search through all open ones in parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from libs.workflows.model import Workflow
from libs.workflows.reading import appeal_steps

GRACE: Final = timedelta(hours=1)
"""For which a clock that has run out still counts: its loop may be a moment late."""

START: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Open:
    """An open case.

    Args:
        case_id: its id.
        application_id: of its application.
        has_clock: whether a clock ends its wait.
        has_officer: whether somebody at its office has the duty of one of its tasks.
        has_other: whether one of them did not act before the appeal; true without an appeal.
        is_appealed: whether its applicant has appealed.
        step: at which it is.
        workflow_key: of its workflow.
    """

    case_id: UUID
    application_id: UUID
    has_clock: bool
    has_officer: bool
    has_other: bool
    is_appealed: bool
    step: str
    workflow_key: str

    @property
    def may_lack_a_judge(self) -> bool:
        """Whether nobody else is there for an appeal, if that is where the case is."""
        return self.is_appealed and not self.has_other

    def is_stalled(self, versions: Mapping[str, Workflow]) -> bool:
        """Whether nothing moves it on.

        At an appeal a clock does not: it would give the case to those who may not hear it.

        Args:
            versions: of the workflows of those that may lack a judge.
        """
        if self.may_lack_a_judge and self.step in appeal_steps(versions[self.workflow_key]):
            return True
        return not (self.has_clock or self.has_officer)


@dataclass(frozen=True, slots=True)
class Search:
    """A search, as far as it has come.

    Args:
        after: the application that was looked at last.
        found: stalled cases so far.
        is_over: whether all cases were looked at.
    """

    after: UUID = START
    found: tuple[UUID, ...] = ()
    is_over: bool = False

    def with_part(
        self, part: Sequence[Open], limit: int, versions: Mapping[str, Workflow]
    ) -> "Search":
        """Return the search after a part; a part with less than `limit` cases is the last one."""
        stalled = tuple(case.case_id for case in part if case.is_stalled(versions))
        after = part[-1].application_id if part else self.after
        return Search(after, (*self.found, *stalled), is_over=len(part) < limit)
