"""Changes of how a ministry's system does."""

from datetime import timedelta
from typing import Any

from libs.contracts.ministries import MinistryStatusChanged
from tests.services.applications.scenes import NOW

HOUR = timedelta(hours=1)


def changed(state: str = "working", **fields: Any) -> MinistryStatusChanged:
    """The status of a ministry's system."""
    values = {
        "ministry": "lgd",
        "state": state,
        "since": NOW - HOUR,
        "waiting": 0,
        "answered_at": NOW - HOUR,
        **fields,
    }
    return MinistryStatusChanged.model_validate(values)
