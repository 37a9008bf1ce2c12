import pytest

from libs.dead_letters.rules import application_of, owner_of, reason_of
from libs.errors import Refused, Unavailable, Unreadable
from libs.ids import new_id


@pytest.mark.parametrize(
    ("failure", "reason", "detail"),
    [
        (Refused("by_ministry", "status 422"), "refused.by_ministry", "status 422"),
        (Unavailable("lgd", "status 503"), "unavailable.lgd", "status 503"),
        (Unreadable("nonsense", "no number"), "unreadable.nonsense", "no number"),
        (KeyError("Rahima"), "defect.KeyError", "the call failed on our side"),
        (None, "defect.NoneType", "the call failed on our side"),
    ],
)
def test_a_failure_becomes_a_code_without_the_words_of_a_defect(
    failure: Exception | None, reason: str, detail: str
) -> None:
    """Our own exceptions carry codes; any other may quote a citizen."""
    assert reason_of(failure) == (reason, detail)


@pytest.mark.parametrize(
    ("destination", "reason", "owner"),
    [
        (None, "refused.x", "ministries"),
        ("lgd", "refused.by_ministry", "lgd"),
        ("lgd", "unavailable.lgd", "lgd"),
        ("lgd", "defect.KeyError", "ministries"),
        ("lgd", "unrecorded.X", "ministries"),
    ],
)
def test_a_dead_letter_has_an_owner(destination: str | None, reason: str, owner: str) -> None:
    """A record is for the service's operators, a job for its destination, our defect for us."""
    assert owner_of("ministries", destination, reason) == owner


def test_a_record_key_names_an_application_or_none() -> None:
    """A key of another writer may be anything."""
    application_id = new_id()
    assert application_of(str(application_id).encode()) == application_id
    assert application_of(b"\xff no id") is None
