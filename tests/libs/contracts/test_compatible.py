from copy import deepcopy
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from libs.contracts.compatible import breaks


class Inner(BaseModel):
    bn: str
    en: str


class Before(BaseModel):
    name: str
    kind: Literal["a", "b"]
    count: int = 0
    note: str | None = None
    text: Inner
    words: list[str] = []
    rest: dict[str, int] = {}
    code: str = Field(default="x", pattern="^[a-z]$", max_length=5, min_length=1)


def schema(**changes: Any) -> dict[str, Any]:
    """The schema of `Before` with some fields (type, default) changed, added, or (None) removed."""
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in Before.model_fields.items()
    }
    kept = {name: field for name, field in (fields | changes).items() if field is not None}
    changed = create_model("Changed", **kept)
    return dict(changed.model_json_schema())


OLD = schema()


def test_an_unchanged_schema_is_compatible() -> None:
    """There is no finding."""
    assert breaks(OLD, schema()) == []


def test_a_new_field_with_a_default_is_allowed() -> None:
    """It is the only change that readers and writers both allow."""
    assert breaks(OLD, schema(extra=(str | None, None))) == []
    assert (
        breaks(OLD, schema(extra=(Inner, Field(default_factory=lambda: Inner(bn="", en=""))))) == []
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": None}, "/name: the field is gone"),
        ({"note": None}, "/note: the field is gone"),
        ({"extra": (str, ...)}, "/extra: the field is new and has no default"),
        ({"count": (int, ...)}, "/count: the field has lost its default"),
        ({"name": (int, ...)}, "/name: no longer takes string"),
        ({"note": (str, "")}, "/note: no longer takes null"),
        ({"kind": (Literal["a"], ...)}, "/kind: no longer takes 'b'"),
        ({"name": (Literal["a", "b"], ...)}, "/name: takes only some values now"),
        ({"name": (str, Field(pattern="^x$"))}, "/name: the pattern has changed"),
        ({"name": (str, Field(max_length=9))}, "/name: maxLength has fallen to 9"),
        ({"name": (str, Field(min_length=2))}, "/name: minLength has risen to 2"),
        ({"count": (int, Field(default=1, le=5))}, "/count: maximum has fallen to 5"),
        ({"words": (list[int], [])}, "/words/[]: no longer takes string"),
        ({"rest": (dict[str, str], {})}, "/rest/*: no longer takes integer"),
    ],
)
def test_a_narrower_schema_breaks_writers(changes: dict[str, Any], sentence: str) -> None:
    """A removed field, a newly required one, or a narrower type needs a new version."""
    assert sentence in breaks(OLD, schema(**changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": (Literal["a", "b", "c"], ...)}, "/kind: may now be 'c'"),
        ({"kind": (str, ...)}, "/kind: may now be any value"),
        ({"name": (str | None, ...)}, "/name: may now be null"),
        ({"name": (str, "")}, "/name: the field may now be missing"),
        ({"code": (str, "x")}, "/code: the pattern is gone"),
    ],
)
def test_a_wider_schema_breaks_readers(changes: dict[str, Any], sentence: str) -> None:
    """A value that an older reader refuses needs a new version."""
    found = breaks(OLD, schema(**changes))
    assert any(each.startswith(sentence) for each in found), found


def test_a_reference_is_followed() -> None:
    """A change of a shared definition is a change of each event that uses it."""
    new = schema()
    del new["$defs"]["Inner"]["properties"]["en"]
    assert "/text/en: the field is gone" in breaks(OLD, new)


def test_a_request_may_become_wider() -> None:
    """Clients that send less still work."""
    assert breaks(OLD, schema(name=(str | None, None)), peer="writes") == []
    assert breaks(OLD, schema(name=(int, ...)), peer="writes") != []


def test_an_answer_may_become_narrower() -> None:
    """Clients that expect less still work."""
    assert breaks(OLD, schema(note=(str, ...)), peer="reads") == []
    assert breaks(OLD, schema(name=(str | None, None)), peer="reads") != []


def test_a_recursive_schema_can_be_compared() -> None:
    """The comparison ends."""
    tree = {
        "$defs": {
            "Tree": {
                "type": "object",
                "properties": {"left": {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}]}},
            }
        },
        "$ref": "#/$defs/Tree",
    }
    assert breaks(tree, tree) == []


def test_a_value_that_holds_itself_in_several_ways_is_compared_once() -> None:
    """As JSON does, in lists and objects: each way doubled the work at each level."""
    itself = {"$ref": "#/$defs/Value"}
    ways = dict.fromkeys("abcdefgh", itself)
    value: dict[str, Any] = {"$defs": {"Value": {"type": "object", "properties": ways}}, **itself}
    with_number = deepcopy(value)
    with_number["$defs"]["Value"]["properties"]["n"] = {"type": "integer"}
    assert breaks(value, value) == []
    assert breaks(with_number, value) == ["/n: the field is gone"]
