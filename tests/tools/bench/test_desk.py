"""What a bench says about officers who work here."""

from datetime import UTC, datetime, timedelta
from typing import Any

from libs.ids import new_id, new_tracking_number
from tools.bench.desk import evaluate
from tools.ledger import Ledger
from tools.virtual_users.citizen import Accepted

CLICKED = datetime(2026, 11, 25, 12, tzinfo=UTC)


def accepted() -> Accepted:
    """An application that was accepted."""
    application_id = new_id()
    return Accepted(
        tracking_number=new_tracking_number(application_id),
        application_id=str(application_id),
        clicked_at=CLICKED,
        answered_in_s=0.1,
        trace_id="",
    )


def followed(click: Accepted, *, left_out: str = "") -> Ledger:
    """The ledger with everything about an application, but for one kind of row."""
    case: dict[str, Any] = {"case_id": str(new_id()), "tracking_number": click.tracking_number}
    message = {
        "n": 1,
        "text": f"approved {click.tracking_number}",
        "received_at": (CLICKED + timedelta(seconds=2)).isoformat(),
    }
    rows = {
        "submissions": [{**case, "kind": "submitted"}],
        "decisions": [{**case, "action": "approved"}],
        "messages": [message],
    }
    ledger = Ledger()
    for kind, of_kind in rows.items():
        ledger.add(kind, [] if kind == left_out else of_kind)
    return ledger


def test_an_application_counts_with_its_case_its_decision_and_its_sms() -> None:
    """The time is that from the click to the SMS."""
    click = accepted()
    found = evaluate(1, [click], followed(click))
    assert (found.decided, found.lost, found.duplicates) == (1, 0, 0)
    assert found.sms_ms == [2000.0]


def test_without_one_of_them_it_is_lost() -> None:
    """So is one that was not accepted."""
    click = accepted()
    for kind in ("submissions", "decisions", "messages"):
        assert evaluate(1, [click], followed(click, left_out=kind)).lost == 1, kind
    assert evaluate(2, [click], followed(click)).lost == 1


def test_a_second_case_is_a_duplicate() -> None:
    """Officers have it twice."""
    click = accepted()
    ledger = followed(click)
    again = {"case_id": str(new_id()), "tracking_number": click.tracking_number}
    ledger.add("submissions", [{**again, "kind": "submitted"}])
    assert evaluate(1, [click], ledger).duplicates == 1
