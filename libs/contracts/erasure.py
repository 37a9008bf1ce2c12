"""The confirmation of every service that it has erased a citizen."""

from uuid import UUID

from pydantic import Field

from libs.contracts.bounds import ErasedRows
from libs.contracts.events import Event


class ErasureConfirmed(Event):
    """The base of the services' confirmations that a citizen's data are deleted.

    Each service has a topic of its own for its confirmation, so that none can confirm for another.
    """

    citizen_id: UUID
    deleted: ErasedRows = Field(description="Rows that were deleted or emptied, by what they were")
    kept: ErasedRows = Field(
        default_factory=dict,
        description="Rows without a person that stay for statistics, without end",
    )
