"""The use of a mandate by an assisted submission."""

from typing import NamedTuple
from uuid import UUID

from libs.contracts.mandates import MandateEvidence


class MandateUse(NamedTuple):
    """An application that is to be sent with a mandate."""

    application_id: UUID
    evidence: MandateEvidence
