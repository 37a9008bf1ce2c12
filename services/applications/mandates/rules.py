"""The use of a mandate by an assisted submission, and what is followed up with it."""

from typing import NamedTuple
from uuid import UUID

from libs.contracts.mandates import MandateEvidence


class FollowedUp(NamedTuple):
    """An application that an uddokta may follow up, with the citizen's consent to it."""

    application_id: UUID
    tracking_number: str
    citizen_id: UUID
    evidence: MandateEvidence


class MandateUse(NamedTuple):
    """An application that is to be sent with a mandate."""

    application_id: UUID
    evidence: MandateEvidence
