from typing import Any

import pytest

from libs.database.pool import Database
from tests.services.applications.running import running_api
from tests.services.applications.scenes import decided


async def test_feedback_is_given_after_the_decision_and_shown_in_numbers(
    database: Database,
) -> None:
    """409 before the decision, 201 after it, and it can be read again by who gave it."""
    async with running_api(database) as api:
        submitted = (await api.submit()).json()
        path = f"/v1/applications/{submitted['tracking_number']}/feedback"
        rating = {"rating": 4, "comment": "সনদ তিন দিনেই পেয়েছি।", "visits": 0}
        assert (await api.post(path, rating)).code == "feedback_before_decision"
        await api.consume(decided(submitted["application_id"]))
        given = await api.post(path, rating)
        assert (given.status, given.json()["rating"]) == (201, 4)
        assert (await api.post(path, rating)).json() == given.json()
        assert (await api.get(path)).json() == given.json()
        counts = (await api.get(f"/v1/services/{submitted['public_service_id']}/feedback")).json()
    assert counts["months"] == []  # of one person nobody is told


async def test_a_focal_point_reads_sentences_about_the_own_services_only(
    database: Database,
) -> None:
    """Of one person nothing is shown, and it is said that it is not."""
    async with running_api(database) as api:
        submitted = (await api.submit()).json()
        await api.consume(decided(submitted["application_id"]))
        path = f"/v1/applications/{submitted['tracking_number']}/feedback"
        await api.post(path, {"rating": 2, "comment": "দুবার ঘুরতে হয়েছে।"})
        service = submitted["public_service_id"]
        path = f"/v1/services/{service}/feedback/sentences?month=2026-01-01"
        own = await api.get(path, who="focal_lgd")
        others = [await api.get(path, who=who) for who in ("focal_psd", "operator")]
    assert (own.status, own.json()) == (200, {"items": [], "is_withheld": True})
    assert [(each.status, each.code) for each in others] == [(403, "role_missing")] * 2


@pytest.mark.parametrize(
    "body",
    [{}, {"rating": 0}, {"rating": 6}, {"rating": "5"}, {"rating": 5, "comment": ""},
     {"rating": 5, "comment": "x" * 501}, {"rating": 5, "stars": 5},
     {"rating": 5, "visits": 100}, {"rating": 5, "visits": -1}, {"rating": 5, "asked_for_more": 1}],
)  # fmt: skip
async def test_bad_feedback_is_refused_at_its_field(database: Database, body: Any) -> None:
    """422 names the field; nothing is kept."""
    async with running_api(database) as api:
        number = (await api.submit()).json()["tracking_number"]
        refused = await api.post(f"/v1/applications/{number}/feedback", body)
    assert refused.status == 422
    assert refused.json()["errors"]
