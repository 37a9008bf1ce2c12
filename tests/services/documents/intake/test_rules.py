from datetime import UTC, datetime, timedelta

import pytest

from libs.errors import Refused
from libs.ids import new_id
from services.documents.intake.rules import Opening, check_may_open

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("refused", "most"),
    [(None, 5), ("document_too_demanding", 5), ("document_unreadable", 50)],
)
def test_refused_files_of_a_person_are_counted(refused: str | None, most: int) -> None:
    """Five demanding ones, or fifty others, are a day's; the answer says when the first is over."""
    person = new_id()
    openings = [
        Opening(new_id(), person, person, str(number), NOW - timedelta(hours=1), refused)
        for number in range(most)
    ]
    wanted = Opening(new_id(), person, person, "another", NOW)
    check_may_open(wanted, openings[1:])
    with pytest.raises(Refused, match="files_refused_too_often") as failure:
        check_may_open(wanted, openings)
    assert failure.value.retry_after_s == 23 * 3600
