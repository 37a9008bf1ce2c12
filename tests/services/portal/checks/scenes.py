"""A paper that everybody checks."""

from datetime import UTC, datetime
from typing import Any

from libs.contracts.issuance import PaperStatus
from libs.contracts.language import Text
from libs.decision_papers.templates import template_of
from libs.ids import paper_number

AT = datetime(2026, 11, 27, tzinfo=UTC)
NUMBER = paper_number(b"7" * 32)
TITLE = template_of("citizenship_certificate").title


def status(**fields: Any) -> PaperStatus:
    """A paper that holds."""
    return PaperStatus(
        **{
            "number": NUMBER,
            "state": "valid",
            "holds": fields.get("state", "valid") == "valid",
            "title": TITLE,
            "body": "lgd",
            "body_name": Text(bn="স্থানীয় সরকার বিভাগ", en="Local Government Division"),
            "year": 2026,
            "initials": "র.খ.",
            "is_illustrative": True,
            "as_of": AT,
            **fields,
        }
    )
