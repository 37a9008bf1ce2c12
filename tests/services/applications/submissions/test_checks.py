from typing import Any

import pytest

from libs.database.pool import Database
from tests.services.applications.forms.scenes import right_answers
from tests.services.applications.running import Api, running_api

CHECKS = "/v1/services/S001/checks"


async def pointers(api: Api, form: dict[str, Any], *fields: str) -> list[str]:
    body = {"form": form, **({"fields": list(fields)} if fields else {})}
    answer = await api.post(CHECKS, body)
    assert answer.status == 200
    return answer.pointers


async def test_right_answers_have_no_errors_and_nothing_is_stored(database: Database) -> None:
    """A check is no application."""
    async with running_api(database) as api:
        assert await pointers(api, right_answers("S001")) == []
        assert (await api.get("/v1/applications")).json()["items"] == []


async def test_only_the_asked_fields_are_checked(database: Database) -> None:
    """A front end that asks page by page gets the errors of its page."""
    async with running_api(database) as api:
        assert "/form/sex" in await pointers(api, {})
        assert await pointers(api, {"name_bn": "Latin"}, "name_bn", "name_en") == [
            "/form/name_bn",
            "/form/name_en",
        ]


@pytest.mark.parametrize(
    ("form", "field", "pointer"),
    [
        ({"birth_date": "2030-01-01"}, "birth_date", "/form/birth_date"),
        ({"birth_place": {"area": "999999"}}, "birth_place", "/form/birth_place/area"),
        (
            {"birth_place": {"area": "302618", "union": "U1"}},
            "birth_place",
            "/form/birth_place/union",
        ),
        ({"birth_place": {"area": {}}}, "birth_place", "/form/birth_place/area"),
        ({"father": {"name_bn": "করিম"}, "mother": {"name_bn": "রহিমা"}}, "father", "/form/father"),
    ],
)  # fmt: skip
async def test_addresses_and_rules_are_checked_before_all_is_answered(
    database: Database, form: dict[str, Any], field: str, pointer: str
) -> None:
    """What a schema cannot say is said on the page that asks it, not only at the end."""
    async with running_api(database) as api:
        assert await pointers(api, form, field) == [pointer]


async def test_a_check_says_what_sending_would_say(database: Database) -> None:
    """The errors of a complete form are those of its refusal."""
    form = {**right_answers("S001"), "birth_date": "2030-01-01", "registration_basis": "else"}
    async with running_api(database) as api:
        refused = await api.submit(form=form)
        checked = await api.post(CHECKS, {"form": form})
    assert set(refused.pointers) <= set(checked.pointers)


async def test_an_unknown_service_is_told(database: Database) -> None:
    """404 as for an application."""
    async with running_api(database) as api:
        refused = await api.post("/v1/services/S999/checks", {"form": {}})
    assert refused.code == "public_service_unknown"
