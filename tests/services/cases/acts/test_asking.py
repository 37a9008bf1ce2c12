"""What an officer sets with an act is checked as its workflow describes it."""

import json
from typing import Any

import pytest

from libs.database.pool import Database
from libs.errors import Refused
from libs.workflows.checking import check_workflow
from libs.workflows.model import Workflow
from libs.workflows.parsing import parse_workflow
from services.cases.work import use_cases as work
from services.catalogue.workflows.reference import known_of, reference_workflows
from tests.services.cases.scenes import MEMBER, Desk, acted, looked, submitted

VALUES: dict[str, Any] = {
    "marks": {
        "name": {"bn": "নম্বর", "en": "Marks"},
        "kind": "whole",
        "least": 10,
        "most": 100,
    },
    "category": {
        "name": {"bn": "শ্রেণি", "en": "Category"},
        "kind": "choice",
        "choices": {"shop": {"bn": "দোকান", "en": "Shop"}, "mill": {"bn": "মিল", "en": "Mill"}},
    },
}


def describing(values: dict[str, Any]) -> Workflow:
    """A certificate whose first step sets marks and a category."""
    first = next(workflow for workflow in reference_workflows() if workflow.key == "S005@1")
    document = json.loads(first.model_dump_json(exclude_none=True))
    document["start"] = "confirm"
    document["values"] = values
    document["steps"]["confirm"]["sets"] = ["category", "marks"]
    return parse_workflow(json.dumps(document))


async def opened(database: Database) -> tuple[Desk, Any]:
    """A case at the step that sets them."""
    desk, first = await Desk(database).prepare([describing(VALUES)]), submitted()
    await desk.take_in(first)
    return desk, first.event_id


async def test_a_page_is_told_how_values_are_asked(database: Database) -> None:
    """With name, limits and choices."""
    desk, case_id = await opened(database)
    view = await looked(desk, MEMBER, case_id)
    confirm = next(action for action in view.actions if action.action == "confirm")
    assert confirm.item_names["marks"].en == "Marks"
    marks, category = confirm.asked["marks"], confirm.asked["category"]
    assert (marks.kind, marks.least, marks.most) == ("whole", 10, 100)
    assert [choice.value for choice in category.choices] == ["shop", "mill"]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"marks": "many"}, "value_no_number"),
        ({"marks": "1.5"}, "value_no_number"),
        ({"marks": "9"}, "value_out_of_range"),
        ({"marks": "101"}, "value_out_of_range"),
        ({"category": "farm"}, "value_not_offered"),
    ],
)
async def test_what_does_not_fit_is_refused_at_its_field(
    database: Database, typed: dict[str, str], problem: str
) -> None:
    """And nothing is done."""
    desk, case_id = await opened(database)
    values = {"marks": "50", "category": "shop", **typed}
    with pytest.raises(Refused, match=problem) as refused:
        await acted(desk, MEMBER, case_id, "confirm", values=values)
    assert refused.value.pointer == f"/values/{next(iter(typed))}"
    assert await desk.rows("SELECT revision FROM cases") == [(1,)]


@pytest.mark.parametrize("marks", ["10", "100", "৫০"])
async def test_what_fits_is_stored(database: Database, marks: str) -> None:
    """Also in Bangla digits; a number is one for conditions."""
    desk, case_id = await opened(database)
    await acted(desk, MEMBER, case_id, "confirm", values={"marks": marks, "category": "mill"})
    async with database.transaction() as tx:
        file = await work.find_case(tx, case_id)
    assert file is not None
    assert isinstance(file.state.sets["marks"], int)


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"height": VALUES["marks"]}, "/values/height"),
        ({"marks": {**VALUES["marks"], "most": 9}}, "/values/marks/most"),
        ({"marks": {**VALUES["marks"], "kind": "text"}}, "/values/marks"),
        ({"category": {**VALUES["category"], "kind": "whole"}}, "/values/category/choices"),
    ],
)
def test_a_description_that_says_two_things_is_found(changed: dict[str, Any], place: str) -> None:
    """Before a case goes by it."""
    workflow = describing({**VALUES, **changed})
    problems = check_workflow(workflow, known_of("S005", None))
    assert place in {problem.place for problem in problems}
    right = describing(VALUES)
    assert not any(
        p.place.startswith("/values") for p in check_workflow(right, known_of("S005", None))
    )
