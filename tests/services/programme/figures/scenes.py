"""What happens to applications, for tests."""

from datetime import UTC, date, datetime
from typing import Any, Final

from libs.contracts.applications import ApplicationDecided, ApplicationSubmitted, FeedbackGiven
from libs.database.transaction import Transaction
from libs.ids import new_id
from services.programme.figures.rules import Key

AT: Final = datetime(2026, 6, 30, 4, tzinfo=UTC)
TODAY: Final = date(2026, 6, 30)
SERVICE, MINISTRY = "S001", "minland"


def facts(**more: Any) -> dict[str, Any]:
    """Fields of an event about an application of its own."""
    return {
        "occurred_at": AT,
        "application_id": new_id(),
        "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
        "citizen_id": new_id(),
        "public_service_id": SERVICE,
        "ministry": MINISTRY,
        **more,
    }


def submitted(**more: Any) -> ApplicationSubmitted:
    """Somebody applied."""
    return ApplicationSubmitted(**facts(**more))


def decided(**more: Any) -> ApplicationDecided:
    """An application was approved, unless told otherwise."""
    return ApplicationDecided(**facts(**{"outcome": "approved", **more}))


def rated(rating: int, **more: Any) -> FeedbackGiven:
    """A citizen gave feedback."""
    return FeedbackGiven(**facts(rating=rating, **more))


async def read_counts(tx: Transaction, since: date) -> dict[Key, int]:
    """Read the counts of the days from one on."""
    rows = await tx.fetch(
        """
        SELECT day, public_service_id, ministry, metric, number
          FROM counts
         WHERE day >= $1
        """,
        since,
    )
    return {
        Key(row["day"], row["public_service_id"], row["ministry"], row["metric"]): row["number"]
        for row in rows
    }
