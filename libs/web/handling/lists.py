"""Requests with a list of items, each read and answered like a single request."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from libs.contracts.language import Language
from libs.errors import Unreadable
from libs.web.calling.client import Reply
from libs.web.handling.body import parse_json
from libs.web.handling.field_errors import field_errors_of
from libs.web.handling.problems import problem_for

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one item: status and body as for a single request."""

    status: int
    body: Any = None


def read_items(raw: bytes, name: str, model: type[M], *, most: int) -> list[M | Unreadable]:
    """Read the list `name` of a JSON object; an invalid item is returned as its exception.

    Raises:
        Unreadable: the list is missing, empty or longer than `most`.
    """
    whole = parse_json(raw)
    items = whole.get(name) if isinstance(whole, dict) else None
    if not isinstance(items, list) or not 0 < len(items) <= most:
        raise Unreadable("wrong_shape", f"a list of 1 to {most} items")
    return [_item(item, model) for item in items]


def answer_items(results: Sequence[Result | Exception], language: Language) -> Response:
    """Answer a list with the results of its items, in order."""
    answered = [_written(result, language) for result in results]
    return Response(orjson.dumps({"results": answered}), media_type="application/json")


def read_results(reply: Reply, count: int) -> list[Result]:
    """Read the answer to a list of `count` items.

    Raises:
        Unreadable: it does not have one result for each item.
    """
    answer = reply.json() if reply.status == HTTPStatus.OK else None
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or len(results) != count:
        raise Unreadable("wrong_shape", f"status {reply.status} without {count} results")
    return [_result(result) for result in results]


def _item(item: Any, model: type[M]) -> M | Unreadable:
    try:
        return model.model_validate_json(orjson.dumps(item), strict=True)
    except ValidationError as failure:
        return Unreadable("wrong_shape", model.__name__, field_errors=field_errors_of(failure))


def _written(result: Result | Exception, language: Language) -> dict[str, Any]:
    if isinstance(result, Result):
        return {"status": result.status, "body": result.body}
    answer = problem_for(result, language)
    if answer is None:
        return {"status": HTTPStatus.INTERNAL_SERVER_ERROR, "body": None}
    return {"status": answer.status_code, "body": orjson.Fragment(bytes(answer.body))}


def _result(written: Any) -> Result:
    status = written.get("status") if isinstance(written, dict) else None
    if not isinstance(status, int):
        raise Unreadable("wrong_shape", "a result without a status")
    return Result(status, written.get("body"))
