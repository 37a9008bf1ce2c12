"""A new service works without code: its tariff and its way are data, as the documentation has them.

`docs/workflows.md` is what a newcomer has; its files are published and worked on as they stand.
"""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from libs.bangladesh.bodies import bodies
from libs.contracts.catalogue import TariffChanged
from libs.database.pool import Database
from libs.ids import new_id
from libs.workflows.parsing import parse_workflow
from libs.workflows.tariffs import parse_tariffs
from operations.root import make_app
from services.cases.officers.rules import Officer
from services.catalogue.public_services.forms import forms_for
from services.catalogue.publications.kinds import Surroundings, problems_in
from tests.docs.shell import CHECKOUT
from tests.services.cases.scenes import Desk, acted, submitted

TARIFF, WORKFLOW = re.findall(
    r"```json\n(.*?)```",
    (CHECKOUT / "docs" / "workflows.md").read_text(encoding="utf-8"),
    re.DOTALL,
)
SERVICE: Final = "S073"
ITEM: Final = "food_grain_licence"
BEGAN: Final = datetime(2027, 1, 3, 5, tzinfo=UTC)
ANSWERS: Final = {"present_address": {"area": "100409", "union": "U2393"}}
OFFICE: Final = Officer(new_id(), "mofood", "union-U2393", frozenset({"accounts"}))


def officer(duty: str) -> Officer:
    """Another officer of the office, with a duty."""
    return replace(OFFICE, officer_id=new_id(), duties=frozenset({duty}))


def around(*items: str) -> Surroundings:
    """What the catalogue knows when somebody publishes the files."""
    return Surroundings(
        today=date(2026, 12, 1),
        versions=(),
        items=frozenset(items),
        bodies=frozenset(body.body_id for body in bodies()),
        areas=frozenset(),
        form=forms_for([SERVICE])[SERVICE].schema,
    )


def test_both_files_can_be_published_as_they_stand() -> None:
    """The tariff first: without it the fee of the workflow is of nothing."""
    assert problems_in("tariff", ITEM, TARIFF, around()) == []
    assert problems_in("workflow", SERVICE, WORKFLOW, around(ITEM)) == []
    (problem,) = problems_in("workflow", SERVICE, WORKFLOW, around())
    assert problem.place == "/steps/pay/items"


def test_the_command_checks_the_workflow_with_its_tariff(tmp_path: Path) -> None:
    """As the page says; a tariff that is wrong is named, too."""
    files = {"S073.json": WORKFLOW, "tariff.json": TARIFF, "wrong.json": "{}"}
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")

    def check(*words: str) -> tuple[int, str]:
        found = [str(tmp_path / word) if word.endswith(".json") else word for word in words]
        result = CliRunner().invoke(make_app(), ["workflows", "check", *found])
        return result.exit_code, result.output

    assert check("S073.json", "--tariffs", "tariff.json") == (0, "1 workflows are right\n")
    assert check("S073.json")[0] == 1
    status, told = check("S073.json", "--tariffs", "tariff.json", "--tariffs", "wrong.json")
    assert (status, "wrong.json: " in told, "S073.json: " in told) == (1, True, False)


@pytest.mark.parametrize(("decision", "outcome"), [("grant", "approved"), ("refuse", "refused")])
async def test_an_application_comes_to_each_end(
    database: Database, decision: str, outcome: str
) -> None:
    """Two officers settle the fee, one inspects, another one decides; the citizen is told."""
    rows = [row.model_dump(mode="json", exclude_none=True) for row in parse_tariffs(TARIFF).rows]
    tariff = TariffChanged(tariff_id=ITEM, version=1, rows=tuple(rows))
    desk = await Desk(database).prepare([parse_workflow(WORKFLOW)], [tariff])
    first = submitted(SERVICE, ministry="mofood", answers=ANSWERS, occurred_at=BEGAN)
    await desk.take_in(first, at=BEGAN)

    async def act(who: Officer, action: str, **fields: Any) -> str:
        return await acted(desk, who, first.event_id, action, at=BEGAN, **fields)

    paid = {"papers": {"challan": "T 2027-1"}}
    await act(officer("accounts"), "record_challan", **paid)
    assert await act(officer("accounts"), "confirm_challan", **paid) == "Inspection of the store"
    report = {"papers": {"inspection_report": "12"}}
    assert await act(officer("inspector"), "report", **report) == "Decision"
    await act(officer("food_controller"), decision, note="পরিদর্শন অনুযায়ী")
    assert (await desk.file(first)).state.outcome == outcome
    said = [event["type"] for event in await desk.said()]
    assert said == ["ministry_received", "step_reached", "ministry_decided"]
