"""Submissions with papers."""

from uuid import UUID

from libs.contracts.applications import ApplicationSubmitted
from tests.libs.web.running import CITIZEN

NUMBER = "NS-7K4M9-PXRT3-HC2D3"


def submitted(
    *document_ids: str, application_id: UUID, citizen_id: UUID = CITIZEN
) -> ApplicationSubmitted:
    return ApplicationSubmitted(
        application_id=application_id,
        tracking_number=NUMBER,
        citizen_id=citizen_id,
        public_service_id="S001",
        ministry="lgd",
        document_ids=tuple(UUID(each) for each in document_ids),
    )
