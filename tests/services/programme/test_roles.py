"""Each role tries every route, also those of others; a focal point has the own body only."""

from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from libs.database.pool import Database
from libs.web.handling.routes import Declaration, Routes
from services import programme
from tests.services.programme.bodies.scenes import LAND, MOPA
from tests.services.programme.running import ROUTES, Api

DECLARED: Final = Routes.joined(*ROUTES).declarations
ROLES: Final = (
    "uddokta", "programme", "officer", "focal_point", "leadership", "editor", "publisher",
    "district_staff", "helpline", "operator", "dead_letter_viewer", "vendor",
    "role of a later version",
)  # fmt: skip
OF_MINISTRY: Final = {"officer", "focal_point", "editor"}
EVERYBODY: Final = {
    "/v1/progress",
    "/v1/progress/{body}",
    "/v1/open-data",
    "/v1/open-data/{week_ends}/{name}",
    "/v1/qualifications/{number}",
    "/v1/questions",
}
VALUES: Final = {
    "body": LAND,
    "superior": "secretary",
    "act_id": "01900000-0000-7000-8000-000000000000",
    "week_ends": str(date(2026, 6, 27)),
    "name": "bodies.csv",
    "area": "30262000",
    "office_id": "dscc-zone-1",
    "service_centre_id": "nilkhet",
    "course": "cyber_security",
    "test_id": "01900000-0000-7000-8000-000000000000",
    "number": "Q-1",
    "question_id": "01900000-0000-7000-8000-000000000000",
    "workshop_id": "01900000-0000-7000-8000-000000000000",
    "vendor_id": "01900000-0000-7000-8000-000000000000",
    "staff_id": "01900000-0000-7000-8000-000000000000",
    "report_id": "01900000-0000-7000-8000-000000000000",
    "session_id": "01900000-0000-7000-8000-000000000000",
}


def path_of(declared: Declaration) -> str:
    return declared.path.format(**VALUES)


def test_no_route_of_the_service_is_left_out() -> None:
    """Whoever adds one adds it to those that all roles try."""
    folder = Path(programme.__file__).parent
    names = [path.relative_to(folder).with_suffix("").parts for path in folder.rglob("*routes.py")]
    modules = [import_module(".".join(("services.programme", *name))) for name in names]
    assert all(module.routes in ROUTES for module in modules)
    assert len(modules) == len(ROUTES)


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_reaches_its_own_routes_only(role: str, database: Database) -> None:
    """Of all the others each is refused, with and without a ministry, and nothing is recorded."""
    api, who = Api(database), f"rahim {role.replace(' ', '_')}"
    who += f" {LAND}" if role in OF_MINISTRY else ""
    for declared in DECLARED:
        if declared.path in EVERYBODY or role in declared.roles:
            continue
        body = None if declared.method == "GET" else declared.example or {}
        answer = await api.call(declared.method, path_of(declared), body, who=who)
        assert answer.status == 403, (declared.method, declared.path)
    async with database.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM facts") == 0


async def test_only_what_is_for_everybody_needs_no_login(database: Database) -> None:
    """A citizen's token opens nothing else, and nor does none."""
    assert {declared.path for declared in DECLARED if not declared.roles} == EVERYBODY
    api = Api(database)
    for declared in DECLARED:
        if declared.path not in EVERYBODY:
            body = None if declared.method == "GET" else declared.example or {}
            for who, status in (("", 401), ("karima citizen", 403)):
                answer = await api.call(declared.method, path_of(declared), body, who=who)
                assert answer.status == status, (declared.method, declared.path)


async def test_a_focal_point_has_the_own_body_only(database: Database) -> None:
    """What another one records is about the other body, and is not seen."""
    api = Api(database)
    fact = {"kind": "vendor_named", "day": "2026-06-01", "evidence": "letter 5", "vendor": "Deshi"}
    land, mopa = f"rahim focal_point {LAND}", f"salma focal_point {MOPA}"
    assert (await api.call("POST", "/v1/programme/own/facts", fact, who=mopa)).status == 201
    own = (await api.call("GET", "/v1/programme/own", who=land)).json()
    assert (own["summary"]["body"], own["facts"]) == (LAND, [])
    other = (await api.call("GET", "/v1/programme/own", who=mopa)).json()
    assert (other["summary"]["body"], len(other["facts"])) == (MOPA, 1)
