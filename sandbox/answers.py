"""Answers of the sandbox in JSON."""

from pydantic_core import to_json
from starlette.responses import Response


def json_answer(value: object) -> Response:
    """Answer with a value as JSON; a model's fields that are None are left out."""
    return Response(to_json(value, exclude_none=True), media_type="application/json")
