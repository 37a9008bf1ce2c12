"""Lists in requests: items do not affect one another, and results are in their order."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from multidict import CIMultiDict
from pydantic import BaseModel

from libs.errors import Refused, Unavailable, Unreadable
from libs.web.calling.client import Reply
from libs.web.handling.lists import Result, answer_items, read_items, read_results


class Item(BaseModel):
    """Something in a list."""

    key: UUID


GOOD = {"key": str(UUID(int=1))}


def raw(value: Any) -> bytes:
    """A body that holds a list."""
    return orjson.dumps({"items": value})


def reply(body: bytes, status: int = 200) -> Reply:
    """An answer to a list."""
    return Reply(status, CIMultiDict(), body)


def test_an_item_of_another_shape_fails_alone() -> None:
    """An invalid item does not affect the others."""
    first, second, third = read_items(raw([GOOD, {"key": "x"}, GOOD]), "items", Item, most=3)
    assert first == third == Item(key=UUID(int=1))
    assert isinstance(second, Unreadable)
    assert [field_error.pointer for field_error in second.field_errors] == ["/key"]


@pytest.mark.parametrize("body", [raw([]), raw([GOOD] * 4), raw(None), raw({}), b"{}", b"[]", b"{"])
def test_a_missing_empty_or_long_list_is_unreadable(body: bytes) -> None:
    """The whole request fails."""
    with pytest.raises(Unreadable):
        read_items(body, "items", Item, most=3)


def test_results_stand_in_the_order_of_the_items() -> None:
    """Each item has the status and body that a single request would have."""
    results: list[Result | Exception] = [
        Result(202, {"id": 1}),
        Refused("message_unknown"),
        Unavailable("database"),
        KeyError("ours"),
        Result(204),
    ]
    response = answer_items(results, "en")
    took, unknown, away, ours, nothing = read_results(reply(bytes(response.body)), 5)
    assert (took, nothing) == (Result(202, {"id": 1}), Result(204))
    assert (unknown.status, unknown.body["type"]) == (404, "/problems/message_unknown")
    assert (away.status, ours) == (503, Result(500))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"[]"),
        (200, b'{"results": []}'),
        (200, b'{"results": [{"status": 204}, {"status": 204}]}'),
        (200, b'{"results": [{}]}'),
        (200, b'{"results": ["204"]}'),
        (202, b'{"results": [{"status": 204}]}'),
    ],
)
def test_anything_but_one_result_for_each_is_unreadable(status: int, body: bytes) -> None:
    """A missing or extra result makes the answer unreadable."""
    with pytest.raises(Unreadable):
        read_results(reply(body, status), 1)
