"""A case as the API shows it to an officer."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from libs.contracts.cases import CaseAction, CaseEntry, CaseView
from libs.contracts.language import Text

CASE = UUID("0198a5b0-0000-7000-8000-0000000000c1")
AT = datetime(2026, 11, 27, 6, tzinfo=UTC)
STEP = Text(bn="যাচাই ও তথ্য এন্ট্রি", en="Check and entry")


def action(name: str, **fields: Any) -> CaseAction:
    """An action of the secretary."""
    return CaseAction(
        **{
            "action": name,
            "duty": "secretary",
            "name": Text(bn=f"করুন {name}", en=f"Do {name}"),
            "leads_to": STEP,
            "is_refusal": False,
            "asks_applicant": False,
            "papers": [],
            "values": [],
            "is_proposed": False,
            **fields,
        }
    )


def case(**fields: Any) -> CaseView:
    """A case as the API shows it."""
    return CaseView(
        **{
            "case_id": CASE,
            "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
            "public_service_id": "S001",
            "workflow_name": Text(bn="জন্ম নিবন্ধন", en="Birth registration"),
            "revision": 3,
            "status": "open",
            "step": STEP,
            "waits_for": "office",
            "due_on": date(2026, 12, 1),
            "is_due_sourced": True,
            "submitted_at": AT,
            "form": {"name_bn": "রহিমা খাতুন"},
            "form_version": 1,
            "form_origin": "public_descriptions",
            "documents": [],
            "history": [
                CaseEntry(revision=1, at=AT, type="opened"),
                CaseEntry(revision=3, at=AT, type="escalated", step=STEP),
            ],
            "actions": [action("forward"), action("refuse", is_refusal=True)],
            "shown": None,
            **fields,
        }
    )
