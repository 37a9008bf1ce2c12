"""The body of a hand-over, as vendors read it in the OpenAPI document and on the page."""

import json
import re
from pathlib import Path

from libs.contracts.ministries import HandOver, ReadDeliveries

PAGE = Path(__file__).resolve().parents[3] / "docs" / "integrating.md"


def test_the_example_is_the_one_of_the_page() -> None:
    """With every field, also those that most hand-overs leave null."""
    part = PAGE.read_text(encoding="utf-8").partition("### The hand-over")[2]
    found = re.search(r"```json\n(.*?)```", part, re.DOTALL)
    assert found
    (example,) = HandOver.model_json_schema()["examples"]
    assert example == json.loads(found[1])
    assert example.keys() == HandOver.model_fields.keys()
    HandOver.model_validate(example)


def test_what_costs_a_ministry_its_day_is_in_the_document() -> None:
    """A 410 stops everything, and what was lost is read before anything new is taken."""
    assert "410" in HandOver.model_json_schema()["description"]
    assert "before you take new" in ReadDeliveries.model_json_schema()["description"]
